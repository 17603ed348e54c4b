"""Takes out of an exchange what must not be kept: each credential becomes a mask with a number of its own."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from cpsl.http.credentials import fingerprint, is_credential, replace_secrets, secrets_by_name, spellings
from cpsl.http.encoding import with_length
from cpsl.http.exchange import Exchange, Headers, HttpRequest, HttpResponse
from cpsl.http.masks import MASKED, CredentialPlace, cookie, is_secret_header, json_fields, parameters, parts
from cpsl.model.secret_source import MASK

_KEPT = ("accept", "content-type")
"""The headers of a request that say what it asks for. Others take no part in matching, and may hold anything."""

_BOUNDARY = re.compile(r"(?P<lead>multipart/.*?boundary=)(?P<quote>\"?)(?P<boundary>[^\";]+)(?P=quote)", re.IGNORECASE)


class Scrubber:
    """Masks what is secret in the exchanges of one recording: the same value gets the same number everywhere.

    A value that could be anything but a credential (a word, a number) is masked only in a request, in its place:
    wherever else, an app may need it, and a replay would not find what the app makes of it.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._everywhere: dict[str, str] = {}
        self._names: dict[int, str] = {}

    @property
    def known(self) -> int:
        """How many values are looked for everywhere; when it grows, exchanges from before may hold one."""
        return len(self._everywhere)

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange as it may be kept, with the names of its secrets."""
        self._learn_known()
        asked, answered = self._asked(exchange.asked), self._answered(exchange.answered)
        return self.again(exchange._replace(asked=asked, answered=answered))

    def again(self, exchange: Exchange) -> Exchange:
        """The same without what is known by now; a scrubbed exchange in which none of it stands is as it was."""
        asked, answered = exchange.asked, exchange.answered
        asked = asked._replace(uri=self._without(asked.uri), body=self._without_in(asked.body))
        headers = {name: list(map(self._without, values)) for name, values in answered.headers.items()}
        body = self._without_in(answered.body)
        if any(name.lower() == "content-length" for name in headers):
            headers = with_length(headers, body) if body and MASK.encode() in body else headers
        scrubbed = exchange._replace(asked=asked, answered=answered._replace(headers=headers, body=body))
        return scrubbed._replace(secrets=self._named(scrubbed))

    def _learn_known(self) -> None:
        for value, name in secrets_by_name().items():
            self._see(value)
            if name:
                self._names[self._numbers[value]] = name

    def _asked(self, asked: HttpRequest) -> HttpRequest:
        headers: Headers = {}
        body = asked.body
        for name, values in asked.headers.items():
            if name.lower() in _KEPT:
                headers[name], body = with_fixed_boundary(values, body)
            elif is_secret_header(name):
                headers[name] = [self._request_header(name, value) for value in values]
        uri = parameters(self._address(asked.uri), self._in_request)
        text = parts(body.decode("latin-1"), self._in_request)
        text = parameters(json_fields(text, self._in_request), self._in_request)
        return asked._replace(uri=uri, headers=headers, body=text.encode("latin-1"))

    def _answered(self, answered: HttpResponse) -> HttpResponse:
        headers = {
            name: [self._response_header(name, value) for value in values] for name, values in answered.headers.items()
        }
        # Latin-1 has a letter for each byte: a body of any kind comes out as it was but for its secrets.
        text = json_fields(answered.body.decode("latin-1"), self._in_response)
        return answered._replace(headers=headers, body=parameters(text, self._in_response).encode("latin-1"))

    def _request_header(self, name: str, value: str) -> str:
        """Masks only, one for each credential in the value: nothing else of it is needed."""
        if name.lower() == "cookie":
            for pair in value.split(";"):
                self._in_response(pair.partition("=")[2].strip().strip('"'), CredentialPlace("cookie", sure=False))
            return MASK
        credential = value.rpartition(" ")[2]
        password = _password(credential)
        if password:
            self._in_response(password, CredentialPlace("password", sure=True))
        return self._in_request(credential, CredentialPlace("authorization", sure=True)) or credential

    def _response_header(self, name: str, value: str) -> str:
        if name.lower() == "set-cookie":
            return cookie(value, self._in_response)
        if is_secret_header(name):
            return self._in_response(value.rpartition(" ")[2], CredentialPlace("authorization", sure=True)) or value
        return parameters(value, self._in_response)

    def _address(self, uri: str) -> str:
        """The URI without the name and password it may begin with, and without a fragment."""
        parts = urlsplit(uri)
        person, _, place = parts.netloc.rpartition("@")
        if password := person.partition(":")[2]:
            self._in_response(password, CredentialPlace("password", sure=True))
        return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))

    def _in_request(self, value: str, place: CredentialPlace) -> str | None:
        """The mask of a value in such a place of a request; where its name leaves no doubt, of each one."""
        changed = self._in_response(value, place)
        if changed is None and place.sure and not MASKED.search(value):
            return self._mask(value)
        return changed

    def _in_response(self, value: str, place: CredentialPlace) -> str | None:
        """The mask of a value in such a place of a response: only what can be looked for everywhere gets one."""
        if MASKED.search(value):
            return None
        scheme, _, credential = value.rpartition(" ")
        if is_credential(credential, sure=place.sure):
            mask = self._see(credential)
            return f"{scheme} {mask}" if scheme else mask
        return None

    def _see(self, value: str) -> str:
        if value not in self._everywhere:
            self._everywhere[value] = self._mask(value)
            if print_ := fingerprint(value):
                self._names[self._numbers[value]] = print_
        return self._everywhere[value]

    def _mask(self, value: str) -> str:
        return f"{MASK}{self._numbers.setdefault(value, len(self._numbers) + 1)}"

    def _without(self, text: str) -> str:
        return replace_secrets(text, self._everywhere)

    def _without_in(self, body: bytes) -> bytes:
        return self._without(body.decode("latin-1")).encode("latin-1") if body else body

    def _named(self, exchange: Exchange) -> Mapping[int, str]:
        text = "\n".join(texts_of(exchange))
        return {
            number: name
            for number, name in self._names.items()
            if any(spelling in text for spelling in spellings(f"{MASK}{number}"))
        }


def texts_of(exchange: Exchange) -> list[str]:
    """Everything in it that may hold a mask."""
    asked, answered = exchange.asked, exchange.answered
    texts = [asked.uri, asked.body.decode("latin-1"), answered.body.decode("latin-1")]
    for headers in (asked.headers, answered.headers):
        texts += [value for values in headers.values() for value in values]
    return texts


def _password(word: str) -> str:
    """What stands after the colon in basic authentication (RFC 7617), or nothing."""
    try:
        return b64decode(word, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def with_fixed_boundary(values: list[str], body: bytes) -> tuple[list[str], bytes]:
    """Clients draw the boundary of a multipart body by lot: with a fixed one, the same upload is the same request."""
    found = _BOUNDARY.match(values[0])
    if not found:
        return values, body
    drawn = found["boundary"].encode("latin-1", "replace")
    return [_BOUNDARY.sub(r"\g<lead>boundary", values[0])], body.replace(b"--" + drawn, b"--boundary")
