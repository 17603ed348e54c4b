"""A cassette's file: YAML in the format of vcrpy, version 1, so that its tools read it too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO

import yaml

from cpsl.http.errors import CassetteError
from cpsl.http.exchange import Answered, Asked, Exchange, Headers

_HEAD = "version: 1\ninteractions:\n"
_NO_FOLDING = 1 << 30


class TapeWriter:
    """Appends each exchange in one write, so a killed process leaves whole ones.

    The file is replaced with the first exchange: what records nothing loses nothing. When the file cannot
    be written the app goes on undisturbed, and ``failure`` says why.
    """

    def __init__(self, path: Path) -> None:
        """Raises ``CassetteError`` where no file can be."""
        self._path = path
        self._file: BinaryIO | None = None
        self.failure: CassetteError | None = None
        if path.is_dir():
            raise CassetteError(f"{path}: is a folder; a cassette is a file.")
        if not path.resolve().parent.is_dir():
            raise CassetteError(f"{path}: its folder does not exist; make it first.")

    def add(self, exchange: Exchange) -> None:
        """Write it, at once."""
        if self.failure:
            return
        try:
            self._append(_dumped(exchange))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.failure = CassetteError(f"{self._path}: cannot be written ({reason}); exchanges are missing in it.")

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file:
            self._file.close()
            self._file = None

    def _append(self, text: str) -> None:
        if self._file:
            self._file.write(text.encode())
            return
        unfinished = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        self._file = unfinished.open("wb", buffering=0)
        self._file.write((_HEAD + text).encode())
        unfinished.replace(self._path)


def read_tape(path: Path) -> list[Exchange]:
    """What the file holds, in order. Raises ``CassetteError`` naming the file when it cannot be read."""
    try:
        document = yaml.load(path.read_bytes(), _Loader)
    except FileNotFoundError:
        raise CassetteError(f"{path}: there is no such file; --http record makes it.") from None
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read ({error.strerror}).") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CassetteError(f"{path}{_place(error)}: is no YAML; record it again with --http record.") from None
    if not isinstance(document, dict) or not isinstance(document.get("interactions"), list):
        raise CassetteError(f"{path}: is no cassette; record it again with --http record.")
    return [_loaded(fields, number, path) for number, fields in enumerate(document["interactions"], 1)]


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}" if mark else ""


def _dumped(exchange: Exchange) -> str:
    asked, answered = exchange
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
    }
    # One line per text, however long: a reader can search the file.
    text = str(yaml.dump([fields], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_NO_FOLDING))
    return text.removesuffix("...\n")  # ends the document where a text ends with empty lines, but more will follow


def _loaded(fields: Any, number: int, path: Path) -> Exchange:
    try:
        request, response = fields["request"], fields["response"]
        status = response["status"]
        return Exchange(
            Asked(
                str(request["method"]), str(request["uri"]), _headers(request["headers"]), _bytes(request.get("body"))
            ),
            Answered(
                int(status["code"]),
                status["message"],
                _headers(response["headers"]),
                _bytes(response["body"].get("string")),
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CassetteError(
            f"{path}: its exchange {number} is not complete; record it again with --http record."
        ) from None


def _headers(fields: Any) -> Headers:
    return {str(name): [str(value) for value in _several(values)] for name, values in fields.items()}


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


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Texts of several lines stand as they are, where YAML can: an event stream is to be read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represented(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represented)
