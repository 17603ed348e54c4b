"""``/clock``: the virtual time."""

from __future__ import annotations

from cpsl.clock import AdjustableClock, iso
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.chat.conditions import run_clock
from cpsl_cli.errors import UsageError
from cpsl_cli.slash.registry import CommandResult, Commands


def clock_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command(
        "clock", usage="[TIME|+36h|real]", meaning="the time; set it, move it, let it run", example="/clock 2030-01-31"
    )
    async def clock(context: ChatContext, arguments: list[str]) -> CommandResult:
        world_clock = context.runtime.world.clock
        if not isinstance(world_clock, AdjustableClock):
            raise UsageError("/clock: this chat's clock cannot be set")
        if not arguments:
            return CommandResult(_shown(world_clock))
        await run_clock(world_clock, " ".join(arguments))
        return CommandResult(status=_shown(world_clock))


def _shown(clock: AdjustableClock) -> str:
    return f"{iso(clock.now())}{' (stands still; /clock real ends it)' if clock.is_set else ''}"
