"""``/connect``: the outside services of the person who is talking (behaviour.md §27, §32 LOCAL)."""

from __future__ import annotations

from cpsl.runtime.connected import Services, credentials, form
from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.errors import UsageError
from cpsl_cli.slash.registry import CommandResult, Commands, column_lines, known_argument


def connect_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command(
        "connect", usage="[SERVICE]", meaning="services and which are connected; or connect one", example="/connect aws"
    )
    async def connect(context: ChatContext, arguments: list[str]) -> CommandResult:
        if not arguments:
            return CommandResult(_listed(context) or "the app declares no integrations")
        if len(arguments) > 1:
            raise UsageError("/connect takes the name of one service, as in /connect aws")
        name = known_argument(arguments, known_services(context), "integration")
        # As a question of the app: the next entries are the fields, neither shown nor remembered.
        question = form(name, context.runtime.app.registry.integrations.get(name))
        answer = await context.runtime.world.asker.ask(question, context.talk.key)
        if not answer:
            return CommandResult(status=f"{name} is left as it was")
        _connected(context)[name] = credentials(answer)
        return CommandResult(status=f"{name} is connected")


def known_services(context: ChatContext) -> set[str]:
    """Every service that has a name: those of the platform, declared ones, and what the person has connected."""
    from cpsl.model.integration import Integration

    return {*(each.value for each in Integration), *context.runtime.app.registry.integrations, *_connected(context)}


def _listed(context: ChatContext) -> str:
    declared, connected = context.runtime.app.registry.integrations, _connected(context)
    forms = {name: form(name, declared.get(name)) for name in sorted({*declared, *connected})}
    return column_lines(
        [
            (name, ", ".join(asked.fields), "connected" if connected.get(name) else "not connected")
            for name, asked in forms.items()
        ]
    )


def _connected(context: ChatContext) -> Services:
    return context.runtime.environment.connected.of(context.user.id)
