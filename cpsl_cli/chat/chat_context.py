"""Who is talking, and in which conversation. Lives on the runtime's loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cpsl.channels.tracer import Tracer
from cpsl.model.attachment import Attachment
from cpsl.model.events import Event, TurnFailed
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.runtime.attachments import attach, local_path
from cpsl.runtime.conversation import Conversation
from cpsl.runtime.loader import LoadedApp
from cpsl.runtime.runtime import Runtime
from cpsl.runtime.turn import Outcome
from cpsl_cli.destination import FilesInUse
from cpsl_cli.people import People, Person


class LastFailure:
    """A sink that keeps the last exception of a handler, for ``/traceback``."""

    def __init__(self) -> None:
        self.event: TurnFailed | None = None

    def deliver(self, event: Event, key: SessionKey) -> None:
        """Keep a failure."""
        if isinstance(event, TurnFailed):
            self.event = event


class ChatContext:
    """One person at one conversation; both can be changed while the chat is open.

    :param failures: the sink that keeps the last failure.
    :param in_use: the files that the chat has open or reads, which no command may replace.
    :param loaded: the app and where it was loaded from.
    :param folder: where relative paths that somebody types begin.
    """

    def __init__(
        self,
        runtime: Runtime,
        people: People,
        person: Person,
        tracer: Tracer,
        failures: LastFailure,
        *,
        session: str | None,
        new: bool,
        in_use: FilesInUse,
        loaded: LoadedApp,
        folder: Path,
    ) -> None:
        self.runtime = runtime
        self.people = people
        self.person = person
        self.talk = self._opened(session, new)
        self.failures = failures
        self.tracer = tracer
        self.in_use = in_use
        self.loaded = loaded
        self.folder = folder
        self.attached: list[Attachment] = []

    @property
    def user(self) -> UserInfo:
        """The person as the app knows them."""
        return self.person.user

    def _opened(self, session: str | None, new: bool) -> Conversation:
        if new:
            return self.runtime.new(self.user)
        return self.runtime.named(self.user, session) if session else self.runtime.resume(self.user)

    async def send(self, text: str, attachments: Sequence[Attachment] = ()) -> Outcome:
        """Send a message in the current conversation, with what was attached before.

        Raises ``OSError`` when a file is no longer there; then nothing is sent, and nothing attached any more.
        """
        attached, self.attached = self.attached, []
        as_they_are_now = [attach(path) for item in attached if (path := local_path(item))]
        return await self.talk.send(text, [*as_they_are_now, *attachments])

    def become(self, user_id: str, session: str | None = None) -> None:
        """Go on as another person, in their latest conversation or the named one."""
        self.person = self.people.find(user_id)
        self.talk = self._opened(session, new=False)

    @contextmanager
    def lent_to(self, user_id: str | None, session: str | None) -> Iterator[None]:
        """For one message, let another person speak, or speak in another conversation."""
        if not (user_id or session):
            yield
            return
        own = self.person, self.talk
        self.become(user_id or self.user.id, session)
        try:
            yield
        finally:
            self.person, self.talk = own

    def take_over(self, runtime: Runtime) -> None:
        """Go on in the same conversation with another runtime: the app was loaded anew."""
        key = self.talk.key
        self.runtime = runtime
        self.talk = runtime.named(key.user, key.name, key.channel)

    async def move(self, session: str | None = None) -> None:
        """Leave for the conversation of that name, or for a new one."""
        left = self.talk
        self.talk = self._opened(session, new=session is None)
        if left is not self.talk:
            await self.runtime.leave(left)
