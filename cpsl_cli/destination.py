"""Whether a file may be written: what is loaded, open or read is never an output, and a stranger's needs --force."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from cpsl.errors import CapsuleError
from cpsl.filelock import is_locked
from cpsl.runtime.project_root import STATE
from cpsl.store.database import MEMORY
from cpsl.wholefile import check_writable, is_special
from cpsl_cli.errors import UsageError

_JUNIT = re.compile(rb"\s*(<\?xml[^>]*\?>\s*)?<testsuites?[\s>/]")
_CASSETTE = re.compile(rb"(\xef\xbb\xbf)?(---\s*\n|#[^\n]*\n|\s*\n)*(version|interactions):")
_BESIDE_A_STORE = ("", "-wal", "-shm", "-journal")
_SOURCES = (".py", ".pyi", ".pyw")
_STREAMS = {0: "stdin", 1: "stdout", 2: "stderr"}


class OutputKind(NamedTuple):
    """What is to be written; a file that is one already may be replaced."""

    noun: str
    recognises: Callable[[Path], bool]


def _is_transcript(path: Path) -> bool:
    from cpsl.transcript.read import parse

    content = path.read_bytes()
    first = _object(content)
    if first.get("type") == "header" and first.get("format") == "capsule-transcript":
        return True
    try:
        parse(path, content)
    except CapsuleError:
        return False
    return True


def _is_trace(path: Path) -> bool:
    with path.open("rb") as file:
        first = _object(file.readline())
    return {"type", "turn", "ms"} <= set(first)


def _is_junit(path: Path) -> bool:
    with path.open("rb") as file:
        return bool(_JUNIT.match(file.read(1000)))


def _is_cassette(path: Path) -> bool:
    with path.open("rb") as file:
        return bool(_CASSETTE.match(file.read(1000)))


def _object(content: bytes) -> dict[str, object]:
    """The JSON object on the first line, or an empty one."""
    try:
        value = json.loads(content.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0])
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


TRANSCRIPT = OutputKind("transcript", _is_transcript)
TRACE = OutputKind("trace", _is_trace)
JUNIT = OutputKind("JUnit report", _is_junit)
CASSETTE = OutputKind("cassette", _is_cassette)


class FilesInUse:
    """The files that a command has loaded, opened or reads, each with what it is to the command."""

    def __init__(self) -> None:
        self._files: list[tuple[Path, str]] = []

    def add(self, path: Path, what: str) -> None:
        """Note a file, which need not exist yet."""
        self._files.append((Path(os.path.abspath(path)), what))

    def add_store(self, path: str) -> None:
        """Note an open store, with what SQLite keeps beside it; one in memory has no file."""
        if path != MEMORY:
            for suffix in _BESIDE_A_STORE:
                self.add(Path(path + suffix), "the open store")

    def what(self, path: Path) -> str | None:
        """What the file is to this command, through whatever path or link it is named; None for any other."""
        target = Path(os.path.realpath(path))
        if STATE in target.parts[:-1]:
            return f"a file in {STATE}/, where the project's own files are kept"
        return next((what for known, what in self._all(target) if _same(target, known)), None)

    def _all(self, target: Path) -> Iterator[tuple[Path, str]]:
        yield from self._files
        if target.exists():
            for module in list(sys.modules.values()):
                file = getattr(module, "__file__", None)
                if isinstance(file, str):
                    yield Path(file), "a module that is loaded"


def check_file_name(path: str | Path, option: str) -> None:
    """Raises ``UsageError`` for what cannot name a file: nothing, a link to itself, more letters than a name may have.

    For before anything else is asked about the path.
    """
    if str(path) in ("", "."):
        raise UsageError(f"{option} needs the name of a file; . is a folder.")
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(f"{option}: {path} cannot be opened ({error.strerror}); name another file.") from None


def check_place(path: Path, what: str) -> None:
    """Raises ``UsageError`` for a place where no file can be written; ``what`` begins the sentence."""
    check_file_name(path, what)
    if path.is_dir():
        raise UsageError(f"{what}: {path} is a folder; name a file.")
    if not is_special(path) and not Path(os.path.realpath(path)).parent.is_dir():
        raise UsageError(f"{what}: the folder of {path} does not exist; make it first.")
    try:
        check_writable(path)
    except OSError as error:
        raise UsageError(f"{what}: {path} cannot be written ({error.strerror}).") from None


def check_destination(path: Path, kind: OutputKind, option: str, *, in_use: FilesInUse, force: bool = False) -> None:
    """Raises ``UsageError``, in a sentence that begins with the option, for a file that must not be replaced.

    What is in use is refused whatever is said, and so is Python source; another file that is no such thing yet
    needs ``force``. An empty file is nobody's.
    """
    check_file_name(path, option)
    what = in_use.what(path)
    if what:
        raise UsageError(f"{option}: {path} is {what}; name another file.")
    if not path.is_file() or path.stat().st_size == 0:
        return
    if path.suffix.lower() in _SOURCES:
        raise UsageError(f"{option}: {path} is Python source; name another file.")
    if is_locked(path):
        raise UsageError(f"{option}: {path} is being recorded by another chat; name another file.")
    if not force and not _recognised(path, kind):
        raise UsageError(f"{option}: {path} exists and is no {kind.noun}; --force replaces it.")


def check_streams(*, read: Iterable[tuple[str, Path]] = (), written: Iterable[tuple[str, Path]] = ()) -> None:
    """Raises ``UsageError`` where a file that is read or written is what the shell has made a stream of.

    For before the streams are taken over. Each path comes with its option, or with what names it.
    """
    streams = {name: status for number, name in _STREAMS.items() if (status := _regular(number))}
    for option, path in written:
        for name, status in streams.items():
            if _is(path, status):
                raise UsageError(f"{option}: {path} is {name} of this command; name another file.")
    for option, path in read:
        for name, status in streams.items():
            if name != "stdin" and _is(path, status):
                raise UsageError(f"{path} is {name} of this command, and read by {option}; write to another file.")


def _recognised(path: Path, kind: OutputKind) -> bool:
    try:
        return kind.recognises(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); name another file.") from None


def _same(target: Path, known: Path) -> bool:
    try:
        return os.path.samefile(target, known)
    except OSError:
        return target == Path(os.path.realpath(known))


def _regular(descriptor: int) -> os.stat_result | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _is(path: Path, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), status)
    except OSError:
        return False
