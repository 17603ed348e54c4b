"""Which recorded request is the one that is asked now, though secrets differ from place to place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cpsl.http.credentials import fingerprint, is_credential, replace_secrets, secrets_by_name, value_of
from cpsl.http.exchange import Exchange, HttpRequest, HttpResponse
from cpsl.http.masks import MASKED, CredentialPlace, is_per_request, is_secret_header, json_fields, parameters, parts
from cpsl.http.scrub import Scrubber, texts_of, with_fixed_boundary
from cpsl.model.secret_source import MASK

_VALUE = re.compile(r"\*\*\*~([0-9a-f]*)~")
_MOST_MASKS = 20
_SAY_NOT_WHO = re.compile(r"cookie|idempotency|signature|csrf|xsrf|websocket", re.IGNORECASE)
_NOTHING = HttpResponse(200, None, {}, b"")


class _Shape(NamedTuple):
    """A request without the values in the places of credentials, and those values in the order of the places."""

    text: str
    values: tuple[str, ...]
    target: tuple[str, ...]


class _Waiting:
    """A recorded exchange that has not been asked for."""

    def __init__(self, exchange: Exchange, shape: _Shape) -> None:
        self.exchange = exchange
        self.shape = shape
        self.credentials = _credentials(exchange.asked)


class Recorded:
    """What was recorded, in the order of asking, as far as it is left.

    A mask stands for one value. Which one that is here follows from its name (a variable, a field of a connected
    service) or its fingerprint, else from the first request that has something in its place; from then on it is that
    value, so two requests that differ in nothing else do not get each other's answers. What an app got as a mask, and
    sends back in whatever spelling, is that mask.
    """

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        in_order = sorted(exchanges, key=lambda exchange: exchange.number)
        self._waiting: dict[str, list[_Waiting]] = {}
        self._names: dict[int, str] = {}
        self._numbers: set[int] = set()
        self._bound: dict[int, str] = {}
        for exchange in in_order:
            self._names.update(exchange.secrets)
            self._numbers.update(exchange.secrets)
            self._numbers.update(int(found) for text in texts_of(exchange) for found in MASKED.findall(text))
            waiting = _Waiting(exchange, _shape(exchange.asked))
            self._waiting.setdefault(waiting.shape.text, []).append(waiting)
        self._marks = {f"{MASK}{number}": f"{MASK}{number}" for number in sorted(self._numbers)}
        self._asked = Counter(shape for shape, several in self._waiting.items() for _ in several)
        self._targets = {waiting.shape.target for several in self._waiting.values() for waiting in several}

    def find(self, asked: HttpRequest) -> Exchange | None:
        """The next exchange with this request, left where it is."""
        found = self._found(asked)
        return found[0].exchange if found else None

    def take(self, asked: HttpRequest) -> Exchange | None:
        """The next exchange with this request, which is then no longer left."""
        found = self._found(asked)
        if found is None:
            return None
        waiting, bindings = found
        self._bound.update(bindings)
        self._waiting[waiting.shape.text].remove(waiting)
        return waiting.exchange

    def redirected(self, uri: str) -> HttpRequest | None:
        """The next request to that address, whatever its method and its body."""
        target = _shape(self._masked(HttpRequest("GET", uri, {}, b""))).target[1:]
        for several in self._waiting.values():
            for waiting in several:
                if waiting.shape.target[1:] == target:
                    return waiting.exchange.asked
        return None

    def refusal(self, asked: HttpRequest) -> str:
        """In words, why there is nothing for this request; without its secrets."""
        masked = self._masked(asked)
        shape = _shape(masked)
        shown = Scrubber().exchange(Exchange(masked, _NOTHING)).asked
        request, times = f"{asked.method} {MASKED.sub(MASK, shown.uri)}", self._asked[shape.text]
        left = self._waiting.get(shape.text)
        if left:
            return f"{request} was recorded with another credential"
        if times:
            return f"{request} was recorded {'once' if times == 1 else f'{times} times'}, and is now asked once more"
        if shape.target in self._targets:
            return f"{request} was recorded with another body"
        return f"{request} was not recorded"

    def _found(self, asked: HttpRequest) -> tuple[_Waiting, dict[int, str]] | None:
        asked = self._masked(asked)
        shape, credentials = _shape(asked), _credentials(asked)
        secrets = secrets_by_name()
        fitting = [
            (waiting, bindings)
            for waiting in self._waiting.get(shape.text, ())
            if (bindings := self._unified(zip(waiting.shape.values, shape.values, strict=True), secrets)) is not None
        ]
        if not fitting:
            return next(self._spelt_otherwise(shape, secrets), None)
        # Only headers that a recording tells apart say whose request it is.
        if len({waiting.credentials for waiting, _ in fitting}) > 1 and credentials:
            whose = [
                (waiting, {**bindings, **more})
                for waiting, bindings in fitting
                if len(waiting.credentials) == len(credentials)
                and (more := self._unified(zip(waiting.credentials, credentials, strict=True), secrets)) is not None
            ]
            fitting = whose
        return min(fitting, key=lambda found: self._doubts(found[1]), default=None)

    def _doubts(self, bindings: dict[int, str]) -> int:
        """How many masks would get a value that nothing speaks for."""
        return sum(fingerprint(value) != self._names.get(number, "") for number, value in bindings.items())

    def _spelt_otherwise(self, shape: _Shape, secrets: dict[str, str]) -> Iterator[tuple[_Waiting, dict[int, str]]]:
        """Exchanges whose masks stand where no name tells of a credential, with what else may be there today."""
        for text, several in self._waiting.items():
            count = len(MASKED.findall(text))
            if not several or not 0 < count <= _MOST_MASKS:
                continue
            for waiting in several:
                if len(waiting.shape.values) != len(shape.values):
                    continue
                pairs = [(text, shape.text)]
                bindings = self._unified(pairs, secrets, anything=False)
                if bindings is None:
                    continue
                more = self._unified(zip(waiting.shape.values, shape.values, strict=True), secrets, bindings)
                if more is not None:
                    yield waiting, {**bindings, **more}

    def _masked(self, asked: HttpRequest) -> HttpRequest:
        """The request with masks for what this process has in their place, as far as only one can be meant."""
        marks = dict(self._marks)
        values = Counter(self._bound.values())
        marks.update((value, f"{MASK}{number}") for number, value in self._bound.items() if values[value] == 1)
        numbers: dict[str, list[int]] = {}
        for number, name in self._names.items():
            numbers.setdefault(name, []).append(number)
        secrets = secrets_by_name()
        names = Counter(secrets.values())
        for value, name in secrets.items():
            if len(numbers.get(name, ())) == 1 == names[name]:
                marks.setdefault(value, f"{MASK}{numbers[name][0]}")
        body = asked.body
        headers = {}
        for name, several in asked.headers.items():
            if name.lower() == "content-type":
                headers[name], body = with_fixed_boundary(several, body)
            else:
                headers[name] = [replace_secrets(value, marks) for value in several]
        body = replace_secrets(body.decode("latin-1"), marks).encode("latin-1")
        return asked._replace(uri=replace_secrets(asked.uri, marks), headers=headers, body=body)

    def _unified(
        self,
        pairs: Iterable[tuple[str, str]],
        secrets: dict[str, str],
        bindings: dict[int, str] | None = None,
        *,
        anything: bool = True,
    ) -> dict[int, str] | None:
        """What the masks of recorded texts stand for now, if those can be the texts of today; else None.

        :param bindings: what is already settled; ``anything`` says whether the place itself tells of a credential.
        """
        new = dict(bindings or {})
        for recorded, today in pairs:
            if recorded in (today, MASK):  # a mask of old had no number, and stood for anything
                continue
            pattern, numbers = _pattern(recorded)
            found = pattern.fullmatch(today) if numbers else None
            if found is None:
                return None
            for number, value in zip(numbers, found.groups(), strict=True):
                if not self._can_be(number, value, secrets, new, anything=anything):
                    return None
                if value != f"{MASK}{number}":
                    new[number] = value
        return {number: value for number, value in new.items() if self._bound.get(number) != value}

    def _can_be(self, number: int, value: str, secrets: dict[str, str], new: dict[int, str], *, anything: bool) -> bool:
        mask = MASKED.fullmatch(value)
        if mask:
            return int(mask["number"]) == number
        name = self._names.get(number)
        if name is not None and (secrets.get(value) == name or value_of(name) == value):
            return True
        settled = {**self._bound, **new}
        if number in settled:
            return settled[number] == value
        if value in settled.values() or value in secrets:
            return False
        return anything or is_credential(value, sure=False)


def _shape(asked: HttpRequest) -> _Shape:
    key = _marked(asked).key
    target = (
        key.method,
        key.scheme,
        key.host,
        str(key.port),
        key.path,
        *(f"{name}={value}" for name, value in key.query),
    )
    body = key.body if isinstance(key.body, str) else key.body.decode("latin-1")
    text = "\n".join((*target, "", body))
    values = tuple(bytes.fromhex(found).decode("utf-8", "surrogateescape") for found in _VALUE.findall(text))
    return _Shape(_VALUE.sub("***~~", text), values, tuple(_VALUE.sub("***~~", piece) for piece in target))


def _marked(asked: HttpRequest) -> HttpRequest:
    """The request with each value in a credential's place written so that it can be found again."""
    uri = asked.uri.partition("#")[0]
    scheme, separator, rest = uri.partition("://")
    place, slash, path = rest.partition("/")
    uri = scheme + separator + place.rpartition("@")[2] + slash + path
    text = parts(asked.body.decode("latin-1"), _mark)
    return asked._replace(
        uri=parameters(uri, _mark), body=parameters(json_fields(text, _mark), _mark).encode("latin-1", "replace")
    )


def _mark(value: str, place: CredentialPlace) -> str | None:
    if _VALUE.fullmatch(value):
        return None
    if is_per_request(place.name):
        return "***~~"
    return f"***~{value.encode('utf-8', 'surrogateescape').hex()}~"


def _pattern(text: str) -> tuple[re.Pattern[str], list[int]]:
    pieces = re.split(r"\*\*\*(\d+)", text)
    pattern = "".join(r"([^\s\"&/?#]+?)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
    return re.compile(pattern, re.DOTALL), [int(number) for number in pieces[1::2]]


def _credentials(asked: HttpRequest) -> tuple[str, ...]:
    """What the headers hold that say who asks."""
    return tuple(
        value.rpartition(" ")[2]
        for name, several in sorted(asked.headers.items(), key=lambda item: item[0].lower())
        if is_secret_header(name) and not _SAY_NOT_WHO.search(name)
        for value in several
    )
