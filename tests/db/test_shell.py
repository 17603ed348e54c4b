"""``capsule db shell``: the same commands, with completion, history and a pager."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from cpsl_cli.db.db_errors import QueryError
from cpsl_cli.db.shell_line import command_words
from cpsl_cli.query_completion import ShellCompleter, Words
from tests.db.conftest import Shop
from tests.terminal.screen import TerminalProgram

PROMPT = "probe❯"


@pytest.fixture
def start(shop: Shop) -> Iterator[Callable[..., TerminalProgram]]:
    """Starts the shell on a screen."""
    programs: list[TerminalProgram] = []

    def start(rows: int = 24, columns: int = 80, **env: str) -> TerminalProgram:
        program = TerminalProgram(["db", "shell"], shop.path, rows=rows, columns=columns, env=env)
        programs.append(program)
        _until_prompt(program)
        return program

    yield start
    for program in programs:
        program.close()


def _until_prompt(program: TerminalProgram) -> None:
    program.until(lambda: (program.lines() or [""])[-1] == PROMPT)


def _run(program: TerminalProgram, line: str) -> list[str]:
    """Type a line, and return what stands between it and the next prompt."""
    program.keys(line + "\r")
    program.until(lambda: program.lines()[-1] == PROMPT and any(line in each for each in program.lines()[:-1]))
    lines = program.lines()
    at = max(place for place, each in enumerate(lines[:-1]) if line in each)
    return lines[at + 1 : -1]


def test_commands_and_sql_need_no_prefix(start: Callable[..., TerminalProgram]) -> None:
    shell = start()
    assert _run(shell, 'find orders {"total": {"$gt": 20}} --fields total,name') == [
        "total  name",
        "─────  ─────",
        "   30  berta",
    ]
    assert _run(shell, "select count(*) as n from orders;") == ["n", "─", "6"]
    assert _run(shell, "count orders total>10") == ["3"]
    assert _run(shell, "fnd orders x=1") == ["capsule: There is no command 'db fnd'. Did you mean 'db find'?"]
    shown = _run(shell, "\\d orders")
    assert shown[0].split() == ["field", "types", "present", "of", "column"]
    assert ["total", "integer,", "real,", "text", "5", "6", "indexed"] in [line.split() for line in shown]
    shell.keys("\\q\r")
    assert shell.wait() == 0


def test_tab_completes_from_the_data(start: Callable[..., TerminalProgram]) -> None:
    shell = start()
    line = PROMPT
    for typed, completed in [("fi", " find"), (" or", " orders"), (" to", " total"), (">10 --li", ">10 --limit")]:
        shell.keys(typed + "\t")
        line += completed
        shell.until(lambda line=line: line in shell.lines())  # type: ignore[misc]
    shell.keys(" 1 --fields addr")
    shell.keys("\x15")
    shell.keys("\x04")
    assert shell.wait() == 0


def test_wide_rows_are_shown_one_field_per_line(start: Callable[..., TerminalProgram]) -> None:
    shell = start(columns=44)
    lines = _run(shell, "show orders --limit 1")
    assert lines[0] == "── 1 ──"
    assert ["name", "acme", "co"] in [line.split() for line in lines]


def test_the_pager_opens_only_for_what_is_taller(start: Callable[..., TerminalProgram], shop: Shop) -> None:
    shop.write("page.sh", "#!/bin/sh\necho PAGER\ncat\n").chmod(0o755)
    shell = start(rows=12, columns=100, PAGER="./page.sh")
    assert "PAGER" not in _run(shell, "show orders --limit 2")
    shell.keys("sql 'select text from _capsule_history'\r")
    shell.until(lambda: "PAGER" in shell.everything() and shell.lines()[-1] == PROMPT)
    assert "ok bread" in shell.everything()


def test_it_remembers_lines_and_asks_before_it_deletes(start: Callable[..., TerminalProgram], shop: Shop) -> None:
    shell = start()
    shell.keys("delete orders total=5\r")
    shell.until(lambda: shell.lines()[-1].endswith("[y/N]"))
    shell.keys("y\r")
    shell.until(lambda: "1 document deleted" in shell.lines())
    _until_prompt(shell)
    shell.keys("\x04")
    assert shell.wait() == 0
    assert "delete orders total=5" in (shop.store.parent / "db-history").read_text(encoding="utf-8")
    again = start()
    again.keys("\x1b[A")
    again.until(lambda: again.lines()[-1] == PROMPT + " delete orders total=5")
    again.keys("\x03")
    _until_prompt(again)


def test_without_a_terminal_each_line_is_a_command(shop: Shop) -> None:
    script = 'count orders\nselect 1 as a;\n\nfind orders name="acme co" --fields total\n\\q\ncount orders\n'
    done = shop.db("shell", stdin=script)
    assert (done.code, done.stdout, done.stderr) == (0, b'6\n{"a":1}\n{"total":12}\n', "")
    done = shop.db("shell", stdin="count nope\ndelete orders {}\nshell\ncount orders\n")
    assert (done.code, done.stdout) == (2, b"6\n")
    assert done.stderr.count("capsule: ") == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("find orders total>10 status=open", ["find", "orders", "total>10", "status=open"]),
        ('find orders name~"acme co"', ["find", "orders", 'name~"acme co"']),
        ('find orders {"a": {"b c": 1}} --limit 2', ["find", "orders", '{"a": {"b c": 1}}', "--limit", "2"]),
        ('update o \'a=1 b=2\' {"$set": {"c": 1}};', ["update", "o", "a=1 b=2", '{"$set": {"c": 1}}']),
        ("find o {broken", ["find", "o", "{broken"]),
        ("SELECT * FROM x ;", ["sql", "SELECT * FROM x"]),
        ("\\d orders", ["schema", "orders"]),
        ("\\l", ["list"]),
    ],
)
def test_a_line_becomes_words(line: str, words: list[str]) -> None:
    assert command_words(line) == words


def test_an_open_quote_is_named() -> None:
    with pytest.raises(QueryError, match="is not closed"):
        command_words("find orders name='x")


class Fixed(Words):
    """Words without a store."""

    def commands(self) -> Mapping[str, str]:
        return {"find": "look", "count": "", "update": "", "history": ""}

    def options(self, command: str) -> Sequence[str]:
        return ["--limit", "--sort"] if command == "find" else []

    def collections(self) -> Sequence[str]:
        return ["orders", "notes"]

    def fields(self, collection: str) -> Sequence[str]:
        return ["total", "status", "address.city"] if collection == "orders" else []

    def sessions(self) -> Sequence[str]:
        return ["main"]


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        ("fi", ["find"]),
        ("find ", ["orders", "notes"]),
        ("find or", ["orders"]),
        ("find orders st", ["status"]),
        ("find orders total", ["total=", "total!=", "total>", "total>=", "total<", "total<=", "total~"]),
        ('find orders {"sta', ["status"]),
        ('find orders {"total": {"$gt', ["$gt", "$gte"]),
        ('update orders {} {"$in', ["$inc", "$in"]),
        ("find orders --so", ["--sort"]),
        ("find orders --sort add", ["address.city"]),
        ("find orders --fields total,sta", ["status"]),
        ("history m", ["main"]),
        ("select sta", []),
        ("select x from orders where sta", ["status"]),
        ("nope or", []),
        ("\\d no", ["notes"]),
    ],
)
def test_offers(text: str, offers: list[str]) -> None:
    assert [offer for offer, _, _ in ShellCompleter(Fixed()).offers(text)] == offers
