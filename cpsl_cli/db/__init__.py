"""``capsule db``: one small file per noun; ``subcommands.py`` lists the sub-commands."""
