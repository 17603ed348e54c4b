"""What is added to the product has one place: a copy of it with a small patch knows the thing wherever it goes.

Each patch here is what CONTRIBUTING.md says of its kind.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import cpsl
import cpsl_cli
from tests.conftest import APP_HEAD, ECHO, PATIENCE

MOST_FILES = 2


class Insertion(NamedTuple):
    """``text`` goes before the first place of ``before`` in a file of the product; a new file has only this text."""

    file: str
    before: str
    text: str


Patch = tuple[Insertion, ...]


def files_of(patch: Patch) -> set[str]:
    """The files of the product that a patch touches."""
    return {insertion.file for insertion in patch}


class Run(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    stdout: str
    stderr: str


class Extended:
    """A copy of the product with a patch in it, and an app in a folder of its own.

    :param handler: the app, its import and its name left out.
    """

    def __init__(self, root: Path, patch: Patch, handler: str) -> None:
        self._product, self.folder = root / "product", root / "project"
        for package in (cpsl, cpsl_cli):
            place = Path(str(package.__file__)).parent
            shutil.copytree(place, self._product / place.name)
        for file, before, text in patch:
            path = self._product / file
            assert path.exists() is bool(before), f"{file} is {'not ' if before else ''}there"
            content = path.read_text(encoding="utf-8") if before else ""
            assert before in content, f"{file} holds no {before!r} any more"
            path.write_text(content.replace(before, text + before, 1), encoding="utf-8")
        self.folder.mkdir()
        self.write("app.py", APP_HEAD + handler)

    def write(self, name: str, content: str) -> None:
        """Put a file into the project."""
        (self.folder / name).write_text(content, encoding="utf-8")

    def capsule(self, *arguments: str, stdin: str = "", **environment: str) -> Run:
        """Run the copy's command."""
        return self.python("-m", "cpsl_cli", *arguments, stdin=stdin, **environment)

    def python(self, *arguments: str, stdin: str = "", **environment: str) -> Run:
        """Run Python on the copy."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self._product), "LANG": "C.UTF-8", **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)


Extend = Callable[[Patch, str], Extended]


@pytest.fixture
def extend(tmp_path: Path) -> Extend:
    """Makes a patched copy of the product, with an app that uses what the patch adds."""

    def extended(patch: Patch, handler: str) -> Extended:
        return Extended(tmp_path, patch, handler)

    return extended


# Something an app can say: its class, how it is drawn, and the method that says it.

EVENT = (
    Insertion(
        "cpsl/model/events.py",
        "Event = (\n",
        '''class Cheered(NamedTuple):
    """The app cheers for somebody."""

    turn: int
    at: float
    whom: str
    type: str = "cheer"

    def wire(self) -> dict[str, Any]:
        """What its record holds."""
        return {"whom": self.whom}

    @staticmethod
    def line() -> LineKind:
        """What its line may hold."""
        return LineKind({"whom": "expected text"}, {}, noun=("cheer", "cheers"))


''',
    ),
    Insertion("cpsl/model/events.py", "UserMessage\n    | Notice\n", "Cheered\n    | "),
)
EVENT_VIEW = (
    Insertion("cpsl/render/event_views.py", "    Answered,\n    Asked,\n", "    Cheered,\n"),
    Insertion(
        "cpsl/render/event_views.py",
        "    UserMessage: EventView(\n",
        """    Cheered: EventView(
        stdout=lambda event: f"Hooray for {visible(event.whom)}!",
        stderr=lambda event: "cheering",
        terminal=("line", lambda event, styles: styles.style(f"Hooray for {visible(event.whom)}!", "32")),
        step=("cheer", lambda event: {"size": len(event.whom)}, lambda record: f"cheer: {record['size']} letters"),
        line=LineView(
            lambda fields: f"cheers for {expectation_text(fields['whom'])}",
            show="remark",
            markdown="remark",
            continued="shown",
        ),
    ),
""",
    ),
)
EVENT_METHOD = (
    Insertion(
        "cpsl/runtime/session.py",
        "    async def set_title(",
        '''    async def cheer(self, whom: str) -> None:
        """Cheer for somebody."""
        from cpsl.model.events import Cheered

        if self._turn_context:
            self._turn_context.output.tell(lambda turn, at: Cheered(turn, at, whom))

''',
    ),
)
CHEERING = """\
@app.message()
async def on_message(session, message):
    await session.cheer(message.text)
"""
# Draws one on the screen of a terminal, in place of one.
DRAWING = """\
from cpsl.model.events import Cheered
from cpsl.model.identity import SessionKey, UserInfo
from cpsl_cli.console import Look
from cpsl_cli.repl.labels import Labels
from cpsl_cli.repl.reply import PlainReply
from cpsl_cli.repl.terminal import ENDS_LINE, Painter

class DrawnScreen:
    look = Look(color=True, unicode=True)
    def status(self, *what): pass
    def line(self, text): drawn.append(text)

drawn = []
screen = DrawnScreen()
painter = Painter(screen, Labels(screen.look, lambda: None), lambda margin: PlainReply(lambda: 80))
painter.draw(Cheered(1, 0.0, "ann"), SessionKey("1", "main", UserInfo("ann")))
[line] = drawn
assert line.endswith("\\x1b[32mHooray for ann!\\x1b[0m"), line
assert Cheered in ENDS_LINE
"""


def test_an_event_is_two_files_and_the_method_that_sends_it() -> None:
    assert files_of(EVENT + EVENT_VIEW) == {"cpsl/model/events.py", "cpsl/render/event_views.py"}
    assert files_of(EVENT_METHOD) == {"cpsl/runtime/session.py"}


def test_a_new_event_is_shown_recorded_replayed_and_traced(extend: Extend) -> None:
    product = extend(EVENT + EVENT_VIEW + EVENT_METHOD, CHEERING)
    piped = product.capsule("chat", "app.py", "--record", "t.jsonl", stdin="ann\n/trace\n")
    assert (piped.code, piped.stdout.startswith("Hooray for ann!\n")) == (0, True)
    assert "cheering\n" in piped.stderr
    assert "ms  cheer: 3 letters\n" in piped.stdout + piped.stderr

    as_json = product.capsule("chat", "app.py", "--json", "-m", "ann").stdout
    assert '"type":"cheer","turn":1,"at":' in as_json
    assert ',"whom":"ann"}\n' in as_json

    assert product.capsule("replay", "t.jsonl").stdout == "1 turn, 1 matched\n"
    assert "cheers for ann\n" in product.capsule("replay", "--show", "t.jsonl").stdout
    assert "> *cheers for ann*\n" in product.capsule("replay", "--md", "t.jsonl").stdout
    assert "cheers for ann\n" in product.capsule("replay", "--chat", "t.jsonl").stderr

    hi = '{"type":"user","text":"ann"}\n'
    product.write("fits.jsonl", hi + '{"type":"cheer","whom":{"match":"glob","value":"a*"}}\n')
    product.write("other.jsonl", hi + '{"type":"cheer","whom":"bob"}\n')
    product.write("twice.jsonl", hi + '{"type":"cheer","whom":"ann"}\n' * 2)
    product.write("wrong.jsonl", hi + '{"type":"cheer","whom":3}\n')
    names = ("fits.jsonl", "other.jsonl", "twice.jsonl", "wrong.jsonl")
    replayed = product.capsule("replay", "--app", "app.py", *names)
    assert replayed.code == 2
    assert "fits.jsonl: 1 turn, 1 matched\n" in replayed.stdout
    assert "  whom:\n  - [-bob-]\n  + {+ann+}\n" in replayed.stdout
    assert "expected 2 cheers, got 1\n" in replayed.stdout
    assert "wrong.jsonl:2: 'whom': must be a text" in replayed.stderr

    product.write("draw.py", DRAWING)
    assert product.python("draw.py") == Run(0, "", "")


def test_an_event_without_its_view_is_refused_at_once(extend: Extend) -> None:
    run = extend(EVENT + EVENT_METHOD, CHEERING).capsule("chat", "app.py", "-m", "ann")
    assert run.code == 1
    assert "each kind of event needs its row here, and only those: Cheered" in run.stderr


# A type of block: one file.

BLOCK = (
    Insertion(
        "cpsl/render/blocks.py",
        "    # Signals to a hosted page",
        """    "menu": lambda payload: "On the menu: " + ", ".join(payload["dishes"]),
""",
    ),
)
SERVING = """\
@app.message()
async def on_message(session, message):
    await session.show(cpsl.Block("menu", {"dishes": message.text.split()}, id="today"))
"""


def test_a_new_type_of_block_is_one_file_and_has_its_text_wherever_it_is_shown(extend: Extend) -> None:
    assert files_of(BLOCK) == {"cpsl/render/blocks.py"}
    product = extend(BLOCK, SERVING)
    menu = "On the menu: soup, fish"
    piped = product.capsule("chat", "app.py", "--record", "t.jsonl", stdin="soup fish\n/trace\n")
    assert (piped.code, piped.stdout.startswith(f"{menu}\n")) == (0, True)
    assert "ms  block menu\n" in piped.stdout + piped.stderr
    as_json = product.capsule("chat", "app.py", "--json", "-m", "soup fish").stdout
    assert '"block":{"id":"today","type":"menu","payload":{"dishes":["soup","fish"]}}}\n' in as_json
    assert product.capsule("replay", "t.jsonl").stdout == "1 turn, 1 matched\n"
    assert f"\n{menu}\n" in product.capsule("replay", "--show", "t.jsonl").stdout
    assert f"> ```text\n> {menu}\n> ```\n" in product.capsule("replay", "--md", "t.jsonl").stdout


# A widget: its class and its export.

WIDGET = (
    Insertion(
        "cpsl/ui/display.py",
        "class Divider(Widget):\n",
        '''class Badge(Widget):
    """A word in a frame."""

    type = "badge"

    def __init__(self, word: str) -> None:
        self.word = word

    def to_dict(self) -> dict[str, Any]:
        """``{"type", "word"}``."""
        return self._json(word=self.word)

    def fallback(self) -> str:
        """The word in brackets."""
        return f"[{self.word}]"


''',
    ),
    Insertion(
        "cpsl/ui/__init__.py",
        "from cpsl.ui.display import Chart as Chart\n",
        "from cpsl.ui.display import Badge as Badge\n",
    ),
    Insertion("cpsl/ui/__init__.py", '    "Button",\n', '    "Badge",\n'),
)
FRAMING = """\
from cpsl.ui import *

@app.message()
async def on_message(session, message):
    card = Card("today", children=[Badge(message.text), Divider()])
    await session.reply(card.fallback())
    await session.show(cpsl.Block("page", card.to_dict()))
"""


def test_a_new_widget_has_its_text_and_its_json_within_others(extend: Extend) -> None:
    product = extend(WIDGET, FRAMING)
    assert product.capsule("chat", "app.py", "-m", "new").stdout.startswith("today\n  [new]\n  ---\n[page] ")
    as_json = product.capsule("chat", "app.py", "--json", "-m", "new").stdout
    assert '"children":[{"type":"badge","word":"new"},{"type":"divider"}]' in as_json


# A slash command: a file of its own, and its line among the others.

COMMAND = (
    Insertion(
        "cpsl_cli/slash/whoami.py",
        "",
        '''"""``/whoami``: who is talking."""

from __future__ import annotations

from cpsl_cli.chat.chat_context import ChatContext
from cpsl_cli.slash.registry import CommandResult, Commands


def identity_commands(commands: Commands) -> None:
    """Add the command of this file."""

    @commands.command("whoami", meaning="who is talking", example="/whoami")
    async def whoami(context: ChatContext, arguments: list[str]) -> CommandResult:
        return CommandResult(context.user.id, say="I know it" if arguments else "")
''',
    ),
    Insertion(
        "cpsl_cli/slash/standard.py",
        "\n    for add in (\n",
        "    from cpsl_cli.slash.whoami import identity_commands\n",
    ),
    Insertion("cpsl_cli/slash/standard.py", "        general_commands,\n", "        identity_commands,\n"),
)


def test_a_new_slash_command_runs_says_something_and_is_listed(extend: Extend) -> None:
    run = extend(COMMAND, ECHO).capsule("chat", "app.py", "--as", "ann", stdin="/whoami\n/whoami x\n/help\n/whoamo\n")
    assert run.code == 2
    assert "ann\n" in run.stdout + run.stderr
    assert "got I know it\n" in run.stdout
    listed = [line.split("  ") for line in (run.stdout + run.stderr).splitlines() if line.startswith("/whoami ")]
    assert [(name, meaning.strip()) for name, *_, meaning in listed] == [("/whoami", "who is talking")]
    assert "did you mean /whoami?" in run.stderr


# A channel: its class, and the line that chooses it.

CHANNEL = (
    Insertion(
        "cpsl/channels/naming.py",
        "",
        """\
class EventNames:
    def __init__(self, write):
        self._write = write

    def deliver(self, event, key):
        self._write(type(event).__name__ + "\\n")
""",
    ),
    Insertion(
        "cpsl_cli/pipe/scripted_chat.py",
        "    return PlainText(streams.product.write)\n",
        """\
    from cpsl.channels.naming import EventNames

    return EventNames(streams.product.write)
""",
    ),
)


def test_a_new_channel_gets_the_events(extend: Extend) -> None:
    shown = extend(CHANNEL, ECHO).capsule("chat", "app.py", "--ephemeral", stdin="hello\n")
    assert shown.stdout.splitlines() == ["UserMessage", "Reply", "TurnEnded"]


# An option: its declaration, and the place where it takes effect.

OPTION = (
    Insertion(
        "cpsl_cli/options/chat_options.py",
        "    terminal: bool = False\n",
        """\
    voice: Annotated[
        str | None,
        typer.Option(metavar="VOICE", help="How loud replies are: loud or normal."),
        Check(lambda name, voice: None if voice in ("loud", "normal") else f"{name} is loud or normal."),
        Setting("voice", str, "loud or normal", "normal"),
    ] = None
""",
    ),
    Insertion(
        "cpsl_cli/pipe/scripted_chat.py",
        "    return PlainText(streams.product.write)\n",
        """\
    if prepared.options.voice == "loud":
        return PlainText(lambda text: streams.product.write(text.upper()))
""",
    ),
)


@pytest.fixture(scope="module")
def voiced(tmp_path_factory: pytest.TempPathFactory) -> Extended:
    """A copy of the product that has the option."""
    return Extended(tmp_path_factory.mktemp("voiced"), OPTION, ECHO)


def spoken(product: Extended, *arguments: str, **environment: str) -> Run:
    """A chat of one line."""
    return product.capsule("chat", "app.py", "--ephemeral", *arguments, stdin="hello\n", **environment)


def test_the_help_tells_of_a_new_option(voiced: Extended) -> None:
    helped = voiced.capsule("chat", "--help", COLUMNS="100")
    assert helped.code == 0
    assert "--voice VOICE" in helped.stdout
    assert "How loud replies are: loud or normal." in helped.stdout


def test_a_new_option_takes_effect(voiced: Extended) -> None:
    assert spoken(voiced).stdout == "got hello\n"
    assert spoken(voiced, "--voice", "loud").stdout == "GOT HELLO\n"


def test_a_value_of_it_that_makes_no_sense_is_refused(voiced: Extended) -> None:
    assert spoken(voiced, "--voice", "shrill") == Run(2, "", "capsule: --voice is loud or normal.\n")


def test_the_environment_and_a_configuration_file_have_a_new_option_too(voiced: Extended) -> None:
    assert spoken(voiced, CAPSULE_VOICE="loud").stdout == "GOT HELLO\n"
    assert spoken(voiced, "--voice", "normal", CAPSULE_VOICE="loud").stdout == "got hello\n"
    (voiced.folder / ".capsule").mkdir(mode=0o700)
    voiced.write(".capsule/config.toml", 'voice = "loud"\n')
    assert spoken(voiced) == Run(0, "GOT HELLO\n", "")


# An operator of filters: how it is written, and what it means. SQL need not know it.

OPERATOR = (
    Insertion("cpsl/data/filters.py", "    Node,\n", "    Mod,\n"),
    Insertion(
        "cpsl/data/filters.py", '    "$exists": _exists,\n', '    "$mod": lambda path, operand: Mod(path, *operand),\n'
    ),
    Insertion(
        "cpsl/data/tree.py",
        "Leaf = ",
        '''@dataclass(frozen=True)
class Mod:
    """Some whole number at `path` leaves this rest."""

    path: Path
    divisor: int
    rest: int

    def predicate(self) -> Predicate:
        """Return the test of a document that this is."""
        return _some(self.path, lambda item: isinstance(item, int) and item % self.divisor == self.rest)


''',
    ),
    Insertion("cpsl/data/tree.py", "ElemMatch\nNode = ", "Mod | "),
)
COUNTING = """\
numbers = app.collection("numbers", scope="app")

@app.message()
async def on_message(session, message):
    for number in range(6):
        await numbers.insert_one({"n": number})
    rest = {"n": {"$mod": [3, 1]}}
    for filter in (rest, {"n": {"$not": rest["n"]}}, {"$or": [rest, {"n": 0}]}):
        found = await numbers.find(filter)
        await session.reply(f"{sorted(each['n'] for each in found)}")
"""


def test_a_new_operator_of_filters_finds_what_it_means(extend: Extend) -> None:
    product = extend(OPERATOR, COUNTING)
    assert product.capsule("chat", "app.py", "-m", "x") == Run(0, "[1, 4]\n[0, 2, 3, 5]\n[0, 1, 4]\n", "")
    assert product.capsule("db", "count", "numbers", '{"n": {"$mod": [2, 0], "$gt": 0}}').stdout == "2\n"


# An operator of updates: one row.

UPDATE_OPERATOR = (
    Insertion(
        "cpsl/data/update_operators.py",
        '    "$min": Operator(',
        """    "$append": Operator(_anything, lambda path, current, operand: f"{current}{operand}"),
""",
    ),
)
APPENDING = """\
notes = app.collection("notes", scope="app")

@app.message()
async def on_message(session, message):
    row = await notes.insert_one({"text": "a"})
    await row.update({"$append": {"text": message.text}})
    await session.reply((await notes.find({}))[0]["text"])
"""


def test_a_new_operator_of_updates_changes_what_is_stored(extend: Extend) -> None:
    product = extend(UPDATE_OPERATOR, APPENDING)
    assert product.capsule("chat", "app.py", "-m", "b") == Run(0, "ab\n", "")
    assert product.capsule("db", "update", "notes", "{}", '{"$append": {"text": "c"}}', "--yes").code == 0
    assert product.capsule("db", "count", "notes", "text=abc").stdout == "1\n"


# A way to match a text in a transcript: one row.

MATCHER = (
    Insertion(
        "cpsl/transcript/comparison/patterns.py",
        '    "regex": PatternKind(',
        '    "caseless": PatternKind(re.escape, lambda text, actual: text.lower() == actual.lower(), flags="i"),\n',
    ),
)


def test_a_new_way_to_match_a_text_is_read_and_captures(extend: Extend) -> None:
    product = extend(MATCHER, ECHO)
    for name, value in {"same": "GOT HI", "captured": "GOT {{what}}", "other": "GOT H", "wrong": 3}.items():
        expected = json.dumps({"type": "reply", "text": {"match": "caseless", "value": value}})
        product.write(f"{name}.jsonl", '{"type":"user","text":"hi"}\n' + expected + "\n")
    replayed = product.capsule(
        "replay", "--app", "app.py", "same.jsonl", "captured.jsonl", "other.jsonl", "wrong.jsonl"
    )
    assert "same.jsonl: 1 turn, 1 matched\n" in replayed.stdout
    assert "captured.jsonl: 1 turn, 1 matched\n" in replayed.stdout
    assert "other.jsonl: 1 turn, 0 matched" in replayed.stdout
    assert "the value of caseless has to be a text, not 3" in replayed.stderr


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param(EVENT + EVENT_VIEW, id="event"),
        pytest.param(BLOCK, id="type of block"),
        pytest.param(WIDGET, id="widget"),
        pytest.param(COMMAND, id="slash command"),
        pytest.param(CHANNEL, id="channel"),
        pytest.param(OPTION, id="option"),
        pytest.param(OPERATOR, id="query operator"),
        pytest.param(UPDATE_OPERATOR, id="update operator"),
        pytest.param(MATCHER, id="matcher"),
    ],
)
def test_nothing_needs_more_than_two_files(patch: Patch) -> None:
    assert len(files_of(patch)) <= MOST_FILES
