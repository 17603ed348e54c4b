"""``/connect``: the outside services of the person in the seat (behaviour.md §27, §32 LOCAL)."""

from __future__ import annotations

from cpsl.runtime.connected import Services, credentials, form
from cpsl_cli.chat.seat import Seat
from cpsl_cli.errors import UsageError
from cpsl_cli.slash.arguments import aligned, named
from cpsl_cli.slash.registry import Answer, Commands


def connect_commands(commands: Commands) -> None:
    """Add the commands of this file."""

    @commands.command(
        "connect", usage="[SERVICE]", meaning="services and which are connected; or connect one", example="/connect aws"
    )
    async def connect(seat: Seat, arguments: list[str]) -> Answer:
        if not arguments:
            return Answer(_listed(seat) or "the app declares no integrations")
        if len(arguments) > 1:
            raise UsageError("/connect takes the name of one service, as in /connect aws")
        name = named(arguments, known_services(seat), "integration")
        # As a question of the app: the next entries are the fields, neither shown nor remembered.
        answer = await seat.runtime.world.asker.ask(form(seat.runtime.app.registry, name), seat.talk.key)
        if not answer:
            return Answer(status=f"{name} is left as it was")
        _connected(seat)[name] = credentials(answer)
        return Answer(status=f"{name} is connected")


def known_services(seat: Seat) -> set[str]:
    """Every service that has a name: those of the platform, declared ones, and what the person has connected."""
    from cpsl.model.integration import Integration

    return {*(each.value for each in Integration), *seat.runtime.app.registry.integrations, *_connected(seat)}


def _listed(seat: Seat) -> str:
    registry, connected = seat.runtime.app.registry, _connected(seat)
    return aligned(
        [
            (name, ", ".join(form(registry, name).fields), "connected" if connected.get(name) else "not connected")
            for name in sorted({*registry.integrations, *connected})
        ]
    )


def _connected(seat: Seat) -> Services:
    ground = seat.runtime.app.ground
    assert ground is not None, "the app runs while somebody sits"
    return ground.connected.of(seat.user.id)
