"""What is done while it is killed, and what must hold afterwards, whenever that was."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from cpsl.transcript.read import parse
from tests.conftest import PATIENCE, Folder

APP = """
orders = app.collection("orders", columns=["n"], sortable=True)


@app.message()
async def on_message(session, message):
    if message.attachments:
        await session.reply("got " + message.attachments[0].name)
        return
    session.data["last"] = int(message.text)
    await orders.insert_one({"n": int(message.text)})
    await session.reply("ok " + message.text)
"""
STOCK = 200
TURNS = 30
RECORDED = '{"type":"header","format":"capsule-transcript","version":1,"app":"app.py:app"}\n' + "".join(
    f'{{"type":"user","turn":{n},"text":"{n}"}}\n{{"type":"reply","turn":{n},"text":"no {n}"}}\n' for n in (1, 2)
)
UPDATED = RECORDED.replace("no ", "ok ")


class Fault(AssertionError):
    """Something was lost, or is there twice, or is not whole."""


def require(holds: object, what: str) -> None:
    """Raises ``Fault`` if it does not hold."""
    if not holds:
        raise Fault(what)


class Place(Folder):
    """A project folder of its own for one kill, beside a template with something stored."""

    @property
    def store(self) -> Path:
        """The database file."""
        return self.path / ".capsule" / "probe.db"

    def numbers(self) -> list[int]:
        """The stored orders; raises ``Fault`` for a store that is not whole."""
        return [json.loads(text)["n"] for (text,) in self.rows("SELECT doc FROM orders ORDER BY rowid")]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answer to a query, after a check of the whole file."""
        with closing(sqlite3.connect(self.store)) as connection:
            (told,) = connection.execute("PRAGMA integrity_check").fetchone()
            require(told == "ok", f"the store is damaged: {told}")
            return connection.execute(query).fetchall()

    def goes_on(self) -> None:
        """The next chat works, and finds the store usable."""
        done = self.chat("--new", stdin="1000\n")
        require((done.replies, done.code) == (["ok 1000"], 0), f"the next chat failed: {done}")
        require(self.numbers().count(1000) == 1, "the next chat's order is not there once")


class Scenario:
    """One kind of work. ``prepare`` lays it out, ``start`` begins it, ``check`` looks at what a kill left."""

    name: ClassVar[str] = ""
    stocked: ClassVar[bool] = True

    def __init__(self, place: Place, chance: random.Random) -> None:
        self.place = place
        self.chance = chance

    def prepare(self) -> None:
        """Lay out what the work needs."""

    def start(self) -> subprocess.Popen[bytes]:
        """Begin the work."""
        raise NotImplementedError

    def moment(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Wait for the moment to kill: any within as long as such work takes."""
        wait(process, self.chance.uniform(0.2, 1.1) * seconds)

    def check(self, *, ended: bool) -> None:
        """Raises ``Fault``. ``ended`` is whether the work ended well before it was killed."""
        raise NotImplementedError


def wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Until the process has ended, and no longer than that."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


class Chat(Scenario):
    """Turns that store something; what was answered counts as acknowledged."""

    name = "chat"

    def start(self) -> subprocess.Popen[bytes]:
        lines = "".join(f"{number}\n" for number in range(STOCK, STOCK + TURNS)).encode()
        process = self.place.start("chat", "app.py", "--record", "talk.jsonl", stderr=subprocess.DEVNULL)
        assert process.stdin
        process.stdin.write(lines)
        process.stdin.close()
        self.answered: list[bytes] = []
        return process

    def moment(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        assert process.stdout
        for _ in range(self.chance.randrange(TURNS + 1)):
            self.answered.append(process.stdout.readline())
        wait(process, self.chance.uniform(0, 0.01))

    def check(self, *, ended: bool) -> None:
        numbers = self.place.numbers()
        require(len(set(numbers)) == len(numbers), f"an order is there twice: {numbers}")
        for line in self.answered:
            require(line and int(line.split()[1]) in numbers, f"{line!r} was answered, and its order is gone")
        require(numbers == list(range(len(numbers))), f"orders are missing in between: {numbers}")
        talk = self.place.path / "talk.jsonl"
        if talk.exists() and talk.stat().st_size:
            turns = parse(talk, talk.read_bytes()).turns
            require(all(turn.complete for turn in turns), "a recorded turn is not whole")
        self.place.goes_on()


class FirstStart(Chat):
    """The same, in a folder where nothing was stored yet."""

    name = "first start"
    stocked = False

    def start(self) -> subprocess.Popen[bytes]:
        self.answered = []
        return self.place.start("chat", "app.py", "-m", "0", stderr=subprocess.DEVNULL)

    def moment(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        Scenario.moment(self, process, seconds)

    def check(self, *, ended: bool) -> None:
        self.place.goes_on()
        numbers = self.place.numbers()
        require(numbers in ([0, 1000], [1000]) and (not ended or 0 in numbers), f"orders are {numbers}")


class Insert(Scenario):
    """All documents, or none."""

    name = "insert"

    def start(self) -> subprocess.Popen[bytes]:
        documents = [{"n": number} for number in range(STOCK, 2 * STOCK)]
        return self.place.start("db", "insert", "orders", json.dumps(documents), stdout=subprocess.DEVNULL)

    def check(self, *, ended: bool) -> None:
        found = len(self.place.numbers())
        require(found in (STOCK, 2 * STOCK) and (not ended or found == 2 * STOCK), f"{found} documents are there")


class Reset(Scenario):
    """Everything, or nothing."""

    name = "reset"

    def start(self) -> subprocess.Popen[bytes]:
        return self.place.start("db", "reset", "--yes")

    def check(self, *, ended: bool) -> None:
        found, ((turns,),) = len(self.place.numbers()), self.place.rows("SELECT count(*) FROM _capsule_turns")
        require((found, turns) in ((STOCK, 1), (0, 0)), f"{found} documents and {turns} turns are left")
        require(not ended or found == 0, "it was done, and everything is there")


class Export(Scenario):
    """The former export whole, or the new one whole; the next one removes what is left over."""

    name = "export"

    def prepare(self) -> None:
        shutil.copytree(self.place.home / "export", self.place.path / "out")
        with closing(sqlite3.connect(self.place.store)) as connection, connection:
            connection.execute("DELETE FROM orders WHERE rowid % 2 = 0")

    def start(self) -> subprocess.Popen[bytes]:
        return self.place.start("db", "export", "out")

    def check(self, *, ended: bool) -> None:
        former = _contents(self.place.home / "export")
        there = _contents(self.place.path / "out")
        # Between the two renames it lies aside; whatever comes next puts it back.
        moved = [_contents(path) for path in self.place.path.glob(".out.old-*")]
        done = self.place.capsule("db", "export", "out")
        require(done.code == 0, f"the next export failed: {done}")
        fresh = _contents(self.place.path / "out")
        require(there in (former, fresh) or (there == {} and former in moved), "the export is not whole")
        require(not ended or there == fresh, "it was done, and the former export is there")
        left = [path.name for path in self.place.path.glob(".out.*")]
        require(not left, f"left over: {left}")


class Import(Scenario):
    """What there was, or what the export holds."""

    name = "import"

    def prepare(self) -> None:
        with closing(sqlite3.connect(self.place.store)) as connection, connection:
            connection.execute("DELETE FROM orders WHERE rowid % 2 = 0")

    def start(self) -> subprocess.Popen[bytes]:
        return self.place.start("db", "import", str(self.place.home / "export"), "--yes")

    def check(self, *, ended: bool) -> None:
        found = len(self.place.numbers())
        require(found in (STOCK // 2, STOCK), f"{found} documents are there")
        require(not ended or found == STOCK, "it was done, and the documents are not there")


class Update(Scenario):
    """The transcript as it was, or as it is to be."""

    name = "replay --update"

    def prepare(self) -> None:
        self.place.write("t.jsonl", RECORDED)

    def start(self) -> subprocess.Popen[bytes]:
        return self.place.start("replay", "t.jsonl", "--update")

    def check(self, *, ended: bool) -> None:
        text = (self.place.path / "t.jsonl").read_text(encoding="utf-8")
        require(text in (RECORDED, UPDATED) and (not ended or text == UPDATED), f"the transcript is {text!r}")
        done = self.place.capsule("replay", "t.jsonl", "--update")
        require(done.code == 0, f"the next update failed: {done}")
        left = sorted(path.name for path in self.place.path.glob(".t.jsonl*")) if text == RECORDED else []
        require(not left, f"left over: {left}")


class Attachment(Scenario):
    """A copy is whole or not there; the next recording has one."""

    name = "attachment"

    def prepare(self) -> None:
        (self.place.path / "film.bin").write_bytes(self.chance.randbytes(3_000_000))

    def start(self) -> subprocess.Popen[bytes]:
        return self.place.start(*self._arguments("one.jsonl"))

    def check(self, *, ended: bool) -> None:
        self._copies()
        self.place.write("two.jsonl", "")
        done = self.place.capsule(*self._arguments("two.jsonl"))
        require((done.replies, done.code) == (["got film.bin"], 0), f"the next recording failed: {done}")
        require(len(list(self._copies())) == 1, "its copy is missing, or something is left over")
        require(self.place.capsule("replay", "two.jsonl").code == 0, "the next recording does not replay")

    def _arguments(self, record: str) -> list[str]:
        self.place.write("in.jsonl", '{"text": "see", "attach": "film.bin"}\n')
        return ["chat", "app.py", "--ephemeral", "--input", "in.jsonl", "--record", record]

    def _copies(self) -> list[Path]:
        folder = self.place.path / "attachments"
        for path in folder.rglob("[!.]*"):
            if path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                require(content.startswith(path.parent.name), "a copy is not whole")
        attributes = folder / ".gitattributes"
        require(not attributes.exists() or attributes.stat().st_size, "what keeps line ends is empty")
        return [path for path in folder.rglob("*") if path.is_file() and path != attributes]


SCENARIOS: tuple[Callable[[Place, random.Random], Scenario], ...] = (
    Chat,
    FirstStart,
    Insert,
    Reset,
    Export,
    Import,
    Update,
    Attachment,
)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def stock(home: Path) -> None:
    """Make the store and the export that the scenarios begin with. Raises ``Fault``."""
    place = Place(home / "template", home)
    place.path.mkdir()
    lay_out(place)
    require(place.chat("-m", "0").code == 0, "the first chat failed")
    documents = [{"n": number} for number in range(1, STOCK)]
    require(place.capsule("db", "insert", "orders", json.dumps(documents)).code == 0, "the first insert failed")
    require(place.capsule("db", "export", str(home / "export")).code == 0, "the first export failed")


def lay_out(place: Place) -> None:
    """The app and the mark of a project."""
    place.app(APP)
    place.write("pyproject.toml", "")


def killed(scenario: Scenario, seconds: float) -> Iterator[bool]:
    """Do the work and kill it; yields whether it had ended well, once nothing of it runs any more."""
    process = scenario.start()
    scenario.moment(process, seconds)
    process.kill()
    code = process.wait(PATIENCE)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream and not stream.closed:
            stream.close()
    yield code == 0
