"""What a turn changed in ``session.data``, however many commits it took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cpsl.transcript.comparison import places
from cpsl.transcript.comparison.captures import Captures, literal_value
from cpsl.transcript.comparison.json_comparison import Mismatch, compare_json
from cpsl.transcript.comparison.places import Place


class Net(NamedTuple):
    """One net change; ``origin`` gives for each key the index of the change that decided it."""

    set: dict[str, Any]
    unset: tuple[str, ...]
    origin: Mapping[str, int]


class NetChecked(NamedTuple):
    """What came of comparing two net changes.

    Places begin with ``data`` for a value and with ``unset`` for a removed key; ``keys`` names the key of
    each mismatch as it is expected. ``accepted`` are the fields that would have matched.
    """

    mismatches: tuple[Mismatch, ...]
    keys: tuple[str, ...]
    captures: Captures
    accepted: dict[str, Any]


def net(changes: Iterable[Mapping[str, Any]]) -> Net:
    """Merge changes in their order: the later one decides. ``set`` and ``unset`` may be left out of a change."""
    values: dict[str, Any] = {}
    removed: dict[str, None] = {}
    origin: dict[str, int] = {}
    for index, change in enumerate(changes):
        for key in change.get("unset", ()):
            values.pop(key, None)
            removed[key] = None
            origin[key] = index
        for key, value in change.get("set", {}).items():
            removed.pop(key, None)
            values[key] = value
            origin[key] = index
    return Net(values, tuple(removed), origin)


def net_checked(expected: Net, actual: Net, captures: Captures, *, listed: bool) -> NetChecked:
    """Compare two net changes; with ``listed`` only the keys that are expected, which may then be paths."""
    check = _Check(expected, actual, captures, listed)
    for key in expected.set:
        check.value(key)
    for key in expected.unset:
        check.removed(key)
    if not listed:
        check.unexpected()
    return NetChecked(tuple(check.mismatches), tuple(check.keys), check.captures, check.accepted)


class _Check:
    """The state of one comparison."""

    def __init__(self, expected: Net, actual: Net, captures: Captures, listed: bool) -> None:
        self._expected, self._actual, self._listed = expected, actual, listed
        self.captures = captures
        self.mismatches: list[Mismatch] = []
        self.keys: list[str] = []
        self._set: dict[str, Any] = {}
        self._unset: dict[str, None] = {}

    @property
    def accepted(self) -> dict[str, Any]:
        return {"set": self._set, "unset": list(self._unset)}

    def value(self, key: str) -> None:
        """A key that is expected to have been set."""
        place = self._place(key)
        present, got = places.value_at_place(self._actual.set, place)
        wanted = self._expected.set[key]
        if present:
            result = compare_json(wanted, got, self.captures)
            self.captures, self._set[key] = result.captures, result.accepted
            for mismatch in result.mismatches:
                self._note(key, mismatch.under("data", *place))
            return
        self._note(key, Mismatch("missing", ("data", *place), wanted, None))
        if key in self._actual.unset:
            self._note_removed(key)

    def removed(self, key: str) -> None:
        """A key that is expected to have been removed."""
        if key in self._actual.unset:
            self._unset[key] = None
            return
        self._note(key, Mismatch("missing", ("unset", key), key, None))
        if key in self._actual.set:
            self._note_value(key)

    def unexpected(self) -> None:
        """What was changed although no line says so."""
        known = {*self._expected.set, *self._expected.unset}
        for key in self._actual.set:
            if key not in known:
                self._note_value(key)
        for key in self._actual.unset:
            if key not in known:
                self._note_removed(key)

    def _place(self, key: str) -> Place:
        if not self._listed or key in self._actual.set:
            return (key,)
        return places.parse_place(key) or (key,)

    def _note(self, key: str, mismatch: Mismatch) -> None:
        self.mismatches.append(mismatch)
        self.keys.append(key)

    def _note_value(self, key: str) -> None:
        self._note(key, Mismatch("extra", ("data", key), None, self._actual.set[key]))
        self._set[key] = literal_value(self._actual.set[key])

    def _note_removed(self, key: str) -> None:
        self._note(key, Mismatch("extra", ("unset", key), None, key))
        self._unset[key] = None
