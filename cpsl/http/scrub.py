"""Takes out of an exchange what must not be kept: credentials become a constant text (DESIGN.md §11)."""

from __future__ import annotations

import re
from base64 import b64decode
from urllib.parse import urlsplit, urlunsplit

from cpsl.http.credentials import known_secrets, spellings
from cpsl.http.encoding import with_length
from cpsl.http.exchange import Answered, Asked, Exchange, Headers
from cpsl.http.masks import cookie, fields, is_secret_header, parameters, parts
from cpsl.model.secret import MASK

_KEPT = ("accept", "content-type")
"""The headers of a request that say what it asks for. Others take no part in matching, and may hold anything."""

_MOST_SEEN = 64

_BOUNDARY = re.compile(r"(?P<lead>multipart/.*?boundary=)(?P<quote>\"?)(?P<boundary>[^\";]+)(?P=quote)", re.IGNORECASE)
_NO_WORD = re.compile(r"(?=.*[a-z])(?=.*[^a-z])\S{8,}", re.IGNORECASE)
_CREDENTIAL = re.compile(r"(?=.*[a-z])(?=.*\d)\S{16,}", re.IGNORECASE)


class Scrubber:
    """Scrubs what is kept, and in the same way what is compared, so that a replay needs no credentials or other ones.

    It remembers the credentials it has come across, because services repeat what they were sent. A short one,
    or one that is a mere word, it only masks where it stands.
    """

    def __init__(self) -> None:
        self._seen: tuple[str, ...] = ()

    def request(self, asked: Asked) -> Asked:
        """The request as it may be kept, and as it is compared. Scrubbing it again changes nothing."""
        return self._request_without_known(self._named_in_request(asked))

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange as it may be kept."""
        asked, answered = self._named_in_request(exchange.asked), self._named_in_response(exchange.answered)
        body = self._without_known(answered.body.decode("latin-1")).encode("latin-1")
        headers = {name: list(map(self._without_known, values)) for name, values in answered.headers.items()}
        if body != exchange.answered.body:
            headers = with_length(headers, body)
        return Exchange(self._request_without_known(asked), Answered(answered.status, answered.reason, headers, body))

    def _named_in_request(self, asked: Asked) -> Asked:
        headers: Headers = {}
        body = asked.body
        for name, values in asked.headers.items():
            if name.lower() in _KEPT:
                headers[name], body = _with_fixed_boundary(values, body)
            elif is_secret_header(name):
                self._remember(name, values)
                headers[name] = [MASK]
        uri = parameters(self._address(asked.uri), self._in_request)
        text = parts(body.decode("latin-1"), self._in_request)
        return Asked(
            asked.method, uri, headers, parameters(fields(text, self._in_request), self._in_request).encode("latin-1")
        )

    def _named_in_response(self, answered: Answered) -> Answered:
        headers = {name: [self._header(name, value) for value in values] for name, values in answered.headers.items()}
        # Latin-1 has a letter for each byte: a body of any kind comes out as it was but for its secrets.
        text = fields(answered.body.decode("latin-1"), self._in_response)
        return Answered(
            answered.status, answered.reason, headers, parameters(text, self._in_response).encode("latin-1")
        )

    def _request_without_known(self, asked: Asked) -> Asked:
        return asked._replace(
            uri=self._without_known(asked.uri),
            body=self._without_known(asked.body.decode("latin-1")).encode("latin-1"),
        )

    def _header(self, name: str, value: str) -> str:
        if name.lower() == "set-cookie":
            return cookie(value, self._in_request)
        if is_secret_header(name):
            self._remember(name, [value])
            return MASK
        return parameters(value, self._in_request)

    def _address(self, uri: str) -> str:
        """The URI without the name and password it may begin with, and without a fragment."""
        parts = urlsplit(uri)
        person, _, place = parts.netloc.rpartition("@")
        self._remember("authorization", [person.partition(":")[2]])
        return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))

    def _in_request(self, value: str, sure: bool) -> bool:
        """Whether to mask a value with such a name in a request: each one."""
        self._in_response(value, sure)
        return True

    def _in_response(self, value: str, sure: bool) -> bool:
        """Whether to mask it in a response: only what surely is a credential, for the app shows people the rest."""
        if (_NO_WORD if sure else _CREDENTIAL).fullmatch(value):
            self._see(value)
            return True
        return sure

    def _remember(self, name: str, values: list[str]) -> None:
        """The credentials in the values of a header."""
        for value in values:
            if name.lower() == "cookie":
                for pair in value.split(";"):
                    self._in_response(pair.partition("=")[2].strip(), sure=False)
            else:
                without_scheme = value.rpartition(" ")[2]
                for credential in (without_scheme, _password(without_scheme)):
                    self._in_response(credential, sure=True)

    def _see(self, value: str) -> None:
        if value not in self._seen:
            self._seen = (*self._seen, value)[-_MOST_SEEN:]

    def _without_known(self, text: str) -> str:
        pattern = spellings((*known_secrets(), *self._seen))
        return pattern.sub(MASK, text) if pattern else text


def _password(word: str) -> str:
    """What stands after the colon in basic authentication (RFC 7617), or nothing."""
    try:
        return b64decode(word, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _with_fixed_boundary(values: list[str], body: bytes) -> tuple[list[str], bytes]:
    """Clients draw the boundary of a multipart body by lot: with a fixed one, the same upload is the same request."""
    found = _BOUNDARY.match(values[0])
    if not found:
        return values, body
    drawn = found["boundary"].encode("latin-1", "replace")
    return [_BOUNDARY.sub(r"\g<lead>boundary", values[0])], body.replace(b"--" + drawn, b"--boundary")
