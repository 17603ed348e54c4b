"""``/diff`` and ``/trace``: what the last turn changed, and what it did inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpsl.model.codec import dumps
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.slash.registry import CommandResult, Commands, flag

if TYPE_CHECKING:
    from cpsl.store.changes import Changed


def turn_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command("diff", meaning="what the last turn changed: data, settings, records", example="/diff")
    async def diff(context: ChatContext, arguments: list[str]) -> CommandResult:
        from cpsl.store.changes import changes_of

        store = context.runtime.world.store
        turn_id = store.conversations.last_turn(context.talk.key.id)
        found = changes_of(store.database, turn_id) if turn_id is not None else []
        return CommandResult("\n".join(line for change in found for line in diff_lines(change)) or "nothing changed")

    @commands.command("trace", usage="[--json]", meaning="what the last turn did, with times", example="/trace --json")
    async def trace(context: ChatContext, arguments: list[str]) -> CommandResult:
        records = context.tracer.last()
        if flag(arguments, "--json"):
            return CommandResult("\n".join(map(dumps, records)))
        from cpsl.render.trace_lines import trace_line

        return CommandResult("\n".join(map(trace_line, records)) or "no turn so far")


def diff_lines(change: Changed) -> list[str]:
    """A change as lines: ``+ leads 6b… {…}``, ``~ data.step 1 -> 2``; of a changed document, its fields."""
    name = f"data.{change.key}" if change.where == "data" else f"{change.where} {change.key}"
    if change.sign == "+":
        return [f"+ {name} {dumps(change.after)}"]
    if change.sign == "-":
        return [f"- {name} {dumps(change.before)}"]
    if isinstance(change.before, dict) and isinstance(change.after, dict):
        return [f"~ {name}.{path}" for path in _fields(change.before, change.after)]
    return [f"~ {name} {dumps(change.before)} -> {dumps(change.after)}"]


def _fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    gone = [f"{key} {dumps(value)} -> gone" for key, value in before.items() if key not in after]
    new = [
        f"{key} {dumps(before[key]) if key in before else 'none'} -> {dumps(value)}"
        for key, value in after.items()
        if key not in before or dumps(before[key]) != dumps(value)
    ]
    return [*gone, *new]
