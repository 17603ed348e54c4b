"""Names of tables, columns and fields as they stand in SQL."""

from collections.abc import Iterable


def identifier(name: str) -> str:
    """Return a name quoted for SQL; every identifier in this package comes from here."""
    if not name or "\0" in name:
        raise ValueError(f"{name!r} cannot be the name of a table or column")
    return '"' + name.replace('"', '""') + '"'


def expressible(name: str) -> bool:
    """Say whether a field's name can stand in a JSON path.

    Inside the quotes of a path SQLite knows no escapes, and compares with the escaped text of the document.
    """
    return not any(char in '"\\' or char < " " for char in name)


def json_path(names: Iterable[str]) -> str:
    """Return the JSON path of nested fields, all of them `expressible`."""
    return "$" + "".join(f'."{name}"' for name in names)


def path_literal(name: str) -> str:
    """Return the JSON path of a declared column as an SQL literal: in an index it cannot be a parameter."""
    return "'" + json_path([name]).replace("'", "''") + "'"
