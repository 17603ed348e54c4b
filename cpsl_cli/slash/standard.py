"""All slash commands that work in the terminal and in scripts alike."""

from __future__ import annotations

from cpsl_cli.slash.registry import Commands

# What cpsl_cli/repl adds to these; in a script they would change nothing.
IN_TERMINAL = frozenset({"clear", "copy", "raw"})


def standard_commands() -> Commands:
    """A fresh set of them; their modules load with the first that is used."""
    commands = Commands(IN_TERMINAL)
    commands.later(_add)
    return commands


def _add(commands: Commands) -> None:
    from cpsl_cli.slash.connect import connect_commands
    from cpsl_cli.slash.data import data_commands
    from cpsl_cli.slash.files import file_commands
    from cpsl_cli.slash.general import general_commands
    from cpsl_cli.slash.home import home_commands
    from cpsl_cli.slash.last_turn import turn_commands
    from cpsl_cli.slash.save import save_commands

    for add in (
        general_commands,
        data_commands,
        connect_commands,
        turn_commands,
        home_commands,
        file_commands,
        save_commands,
    ):
        add(commands)
