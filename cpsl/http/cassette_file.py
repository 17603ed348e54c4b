"""A cassette's file: YAML in the format of vcrpy, version 1, so that its tools read it too."""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import yaml

from cpsl.filelock import beyond_streams
from cpsl.http.cassette_errors import CassetteError
from cpsl.http.exchange import Exchange, Headers, HttpRequest, HttpResponse
from cpsl.wholefile import replacing, write_all

VERSION = 1
LARGEST = 100_000_000
"""Bytes; reading takes several times as many of memory."""

_HEAD = f"version: {VERSION}\ninteractions:\n"
_EMPTY = f"version: {VERSION}\ninteractions: []\n"
_NO_FOLDING = 1 << 30
_WHOLE = 1_000_000
"""Bytes up to which the file is written anew at each exchange, so that it is whole at every moment."""


Refuse = Callable[[int, str], NoReturn]


class CassetteWriter:
    """Writes each exchange at once, so a killed process leaves whole ones.

    The file is replaced with the first exchange, or by :meth:`begin`: what records nothing loses nothing. A symbolic
    link stays one. When the file cannot be written, or another recording writes it, the app goes on undisturbed,
    and ``failure`` says why.
    """

    def __init__(self, path: Path) -> None:
        """Raises ``CassetteError`` where no file can be."""
        self._path = path
        # The app may go elsewhere with os.chdir.
        self._place = Path(os.path.abspath(path))
        self._file: BinaryIO | None = None
        self._texts: list[str] = []
        self._size = 0
        self.failure: CassetteError | None = None
        if path.is_dir():
            raise CassetteError(f"{path}: is a folder; a cassette is a file.")
        if path.exists() and not path.is_file():
            raise CassetteError(f"{path}: is no regular file; a cassette is one.")
        if os.path.islink(os.path.realpath(path)):
            raise CassetteError(f"{path}: its links lead round in a circle; a cassette is a file.")
        if not Path(os.path.realpath(path)).parent.is_dir():
            raise CassetteError(f"{path}: its folder does not exist; make it first.")

    def begin(self) -> None:
        """Write the file, without any exchange so far, unless it has been begun."""
        if self._file is None:
            self._try(lambda: self._rewrite([]))

    def add(self, exchange: Exchange) -> None:
        """Write one more exchange."""
        text = _dumped(exchange)
        self._try(lambda: self._append(text))

    def replace(self, exchanges: Sequence[Exchange]) -> None:
        """Write these instead of all that was written."""
        texts = [_dumped(exchange) for exchange in exchanges]
        self._try(lambda: self._rewrite(texts))

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file:
            self._try(self._check)
            self._file.close()
            self._file = None

    def _try(self, write: Callable[[], None]) -> None:
        if self.failure:
            return
        try:
            write()
        except CassetteError as error:
            self.failure = error
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.failure = CassetteError(f"{self._path}: cannot be written ({reason}); exchanges are missing in it.")

    def _append(self, text: str) -> None:
        content = text.encode()
        if self._size + len(content) > LARGEST:
            raise CassetteError(
                f"{self._path}: would be larger than {_megabytes(LARGEST)}; exchanges are missing in it."
            )
        if self._file is None or self._size + len(content) <= _WHOLE:
            self._rewrite([*self._texts, text])
            return
        self._check()
        try:
            write_all(self._file, content)
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._size)
            raise
        self._size += len(content)
        self._texts.append(text)

    def _rewrite(self, texts: list[str]) -> None:
        self._check()
        content = (_HEAD + "".join(texts) if texts else _EMPTY).encode()
        with ExitStack() as unless_written:
            # What a service answers is its user's, as a transcript is.
            with replacing(self._place) as aside:
                write_all(aside, content)
                file = os.fdopen(beyond_streams(os.dup(aside.fileno())), "wb", buffering=0)
                unless_written.callback(file.close)
            unless_written.pop_all()
        if self._file:
            self._file.close()
        self._file, self._size, self._texts = file, len(content), texts

    def _check(self) -> None:
        """Raises ``CassetteError`` where the file is no longer the one that was written here."""
        if self._file is None:
            return
        mine, there = os.fstat(self._file.fileno()), os.stat(self._place)
        if (mine.st_dev, mine.st_ino) != (there.st_dev, there.st_ino):
            raise CassetteError(f"{self._path}: another recording has replaced it; record this one again.")


def read_cassette(path: Path) -> list[Exchange]:
    """What the file holds, in order. Raises ``CassetteError`` naming the file, and the line, when it cannot be used."""
    content = _content(path)

    def refuse(line: int, what: str) -> NoReturn:
        place = f":{line}" if line else ""
        raise CassetteError(f"{path}{place}: {what}; record it again with --http record.") from None

    try:
        return list(_exchanges(content, refuse))
    except yaml.constructor.ConstructorError as error:
        refuse(_line(error), f"holds what no cassette holds ({error.problem})")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        refuse(_line(error), "is no YAML")


def _content(path: Path) -> bytes:
    try:
        # Opening a pipe would wait for somebody who writes.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise CassetteError(f"{path}: cannot be read (it is no regular file).")
            if found.st_size > LARGEST:
                raise CassetteError(f"{path}: is larger than {_megabytes(LARGEST)}, too large for a cassette.")
            return file.read(LARGEST)
    except FileNotFoundError:
        raise CassetteError(f"{path}: there is no such file; --http record makes it.") from None
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read ({error.strerror}).") from None


def _exchanges(content: bytes, refuse: Refuse) -> Iterator[Exchange]:
    loader = _Loader(content)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            refuse(0, "is no cassette")
        parts = {key.value: value for key, value in root.value if isinstance(key, yaml.ScalarNode)}
        version = loader.construct_object(parts["version"], deep=True) if "version" in parts else VERSION
        if version != VERSION:
            by = "by something newer" if isinstance(version, int) and version > VERSION else "by something else"
            shown = version if isinstance(version, (int, str)) else "none"
            refuse(_line_of(parts["version"]), f"is written {by}: version {shown!r:.40}, and this one reads {VERSION}")
        items = parts.get("interactions")
        if not isinstance(items, yaml.SequenceNode):
            refuse(0, "is no cassette")
        for number, node in enumerate(items.value, 1):
            try:
                exchange = _loaded(loader.construct_object(node, deep=True))
            except _IncompleteError as error:
                refuse(_line_of(node), f"its exchange {number} is not complete{error}")
            except ValueError:
                refuse(_line_of(node), f"its exchange {number} holds a number or a date that is none")
            yield exchange
    finally:
        loader.dispose()


def _line_of(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _line(error: Exception) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 0


def _megabytes(size: int) -> str:
    return f"{math.ceil(size / 1e6)} MB"


def _dumped(exchange: Exchange) -> str:
    asked, answered = exchange.asked, exchange.answered
    fields = {
        "request": {
            "method": asked.method,
            "uri": asked.uri,
            "headers": asked.headers,
            "body": _text(asked.body) if asked.body else None,
        },
        "response": {
            "status": {"code": answered.status, "message": answered.reason},
            "headers": answered.headers,
            "body": {"string": _text(answered.body)},
        },
        **({"secrets": dict(exchange.secrets)} if exchange.secrets else {}),
        # Last, so that no body ends the file: tools that tidy up the ends of files would take its empty lines.
        "number": exchange.number,
    }
    # One line per text, however long: a reader can search the file.
    text = str(yaml.dump([fields], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_NO_FOLDING))
    return text.removesuffix("...\n")  # ends the document where a text ends with empty lines, but more will follow


class _IncompleteError(Exception):
    """What is missing or wrong in an exchange, to be said behind its number."""


def _loaded(fields: Any) -> Exchange:
    try:
        request, response = fields["request"], fields["response"]
        status, secrets = response["status"], fields.get("secrets") or {}
        asked = HttpRequest(
            _name(request["method"]), _uri(request["uri"]), _headers(request["headers"]), _bytes(request.get("body"))
        )
        reason = status.get("message")
        answered = HttpResponse(
            _number(status["code"]),
            None if reason is None else _name(reason),
            _headers(response["headers"]),
            _bytes(response["body"].get("string")),
        )
        return Exchange(
            asked,
            answered,
            _number(fields.get("number", 0)),
            {_number(number): _name(name) for number, name in secrets.items()},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _IncompleteError("") from error


def _uri(value: Any) -> str:
    uri = _name(value)
    try:
        _ = HttpRequest("GET", uri, {}, b"").key
    except ValueError:
        raise _IncompleteError(f": {uri[:80]!r} is no address") from None
    return uri


def _number(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if type(value) is not int:
        raise TypeError(type(value).__name__)
    return value


def _name(value: Any) -> str:
    """A text, or what YAML takes for something else; never a structure, which aliases may have made endless."""
    if isinstance(value, (str, int, float, bool)) or (value is not None and not hasattr(value, "__iter__")):
        return str(value)
    raise TypeError(type(value).__name__)


def _headers(fields: Any) -> Headers:
    if fields is None:
        return {}
    return {_name(name): [_name(value) for value in _several(values)] for name, values in fields.items()}


def _several(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _text(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _bytes(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, (str, bytes)):
        return value.encode() if isinstance(value, str) else value
    raise TypeError(type(value).__name__)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Nothing is merged: a few lines of merged aliases can be more than fits into memory."""

    def flatten_mapping(self, node: Any) -> None:
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, "a merged mapping", key.start_mark)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Texts of several lines stand as they are, where YAML can: an event stream is to be read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_TIDIED = re.compile(r"[^\S\n](?:\n|\Z)")
"""What tools that tidy up the ends of lines would take."""


def _represented(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    if _TIDIED.search(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represented)
