"""``capsule db``: one small file per noun; ``cpsl_cli/commands/db.py`` lists the sub-commands."""
