"""Who is talking, and where (behaviour.md §5, §12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_ORG_PREFIX = "org:"
_PERSON_PREFIX = "user:"
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def id_problem(id: str) -> str | None:
    """Why a text that a person types cannot be the id of a person; None if it can."""
    if not id.strip():
        return "is empty"
    if not is_one_line(id):
        return "holds a control character"
    if id.startswith(_ORG_PREFIX):
        return f"begins with {_ORG_PREFIX!r}, as only organisations do"
    return None


def is_one_line(text: str) -> bool:
    """Whether a text can be a name: without control characters and ends of lines, and valid Unicode."""
    return not _CONTROLS.search(text)


@dataclass
class UserInfo:
    """A person: ``id``, and if known an e-mail address and the organisation they belong to."""

    id: str
    email: str | None = None
    org_id: str | None = None

    @property
    def is_org_member(self) -> bool:
        """Whether the person acts for an organisation."""
        return bool(self.org_id)

    @property
    def owner_id(self) -> str:
        """Whom owner-scoped records belong to: ``org:<org>`` for members, else the user id.

        A person whose own id looks like an organisation's is none: ``user:`` stands before it (before each id that
        could be mistaken for the result as well).
        """
        if not self.org_id:
            return _PERSON_PREFIX + self.id if _looks_like_an_organisation(self.id) else self.id
        return self.org_id if self.org_id.startswith(_ORG_PREFIX) else _ORG_PREFIX + self.org_id

    @staticmethod
    def org_id_from_owner_id(owner_id: str | None) -> str | None:
        """The organisation behind an owner id, or None when the owner is a single person."""
        if owner_id and owner_id.startswith(_ORG_PREFIX):
            return owner_id[len(_ORG_PREFIX) :]
        return None


def copy_of_user(user: UserInfo) -> UserInfo:
    """The person as an app gets them: what it changes there changes nobody's identity."""
    return UserInfo(user.id, user.email, user.org_id)


def _looks_like_an_organisation(user_id: str) -> bool:
    while user_id.startswith(_PERSON_PREFIX):
        user_id = user_id[len(_PERSON_PREFIX) :]
    return user_id.startswith(_ORG_PREFIX)


@dataclass
class SessionChannel:
    """The transport of a conversation; ``chat`` in the terminal."""

    type: str


class SessionKey(NamedTuple):
    """One conversation as everything but the store names it.

    ``id`` is what apps see as ``session.id``; ``name`` is the short one for people, unique per person.
    """

    id: str
    name: str
    user: UserInfo
    channel: str = "chat"
