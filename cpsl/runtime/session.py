"""``cpsl.Session``: one conversation, as the running handler sees it (behaviour.md §5, §6).

Its questions (behaviour.md §32) leave through the door as ``prompt`` events, their answers come back as ``answer``
events. What a person typed into a secret form is in neither.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from cpsl.model.block import Block
from cpsl.model.identity import SessionChannel, SessionKey, UserInfo, copy_of_user
from cpsl.model.message import ChannelType, Message
from cpsl.model.question import Question
from cpsl.runtime.connected import credentials, form
from cpsl.runtime.current import Identity, active
from cpsl.runtime.environment import Environment
from cpsl.runtime.history import chat_messages, to_message
from cpsl.runtime.registry import Registry
from cpsl.runtime.session_data import SessionData
from cpsl.runtime.stream import Accumulator, ReplyStream
from cpsl.runtime.turn_context import TurnContext

if TYPE_CHECKING:
    from cpsl.model.integration import Integration, IntegrationCredentials
    from cpsl.model.upload import FileUpload
    from cpsl.runtime.collections.dynamic import CollectionManager, ScopedDb
    from cpsl.runtime.keyvalue import KeyValue

ANSWER_SECONDS = 300.0


class Session:
    """Who is talking, what was said, what is remembered, and the ways to answer.

    Apps receive it. Built by hand it has no live target: ``reply`` only writes to ``history``, ``notify``
    does nothing, ``stream_reply`` raises ``RuntimeError``.
    """

    __slots__ = (
        "__weakref__",
        "_data",
        "_history",
        "_identity",
        "_registry",
        "_turn_context",
        "channel",
        "id",
        "integrations",
        "user",
    )

    def __init__(
        self,
        id: str,
        user: UserInfo,
        channel: SessionChannel,
        history: list[Message] | None = None,
        data: dict[str, Any] | None = None,
        integrations: dict[str, Any] | None = None,
    ) -> None:
        self.id = id
        self.user = user
        self.channel = channel
        self.integrations = integrations if integrations is not None else {}
        self._data = SessionData(data or {})
        self._history: list[Message] | None = history if history is not None else []
        self._turn_context: TurnContext | None = None
        self._registry: Registry | None = None
        self._identity = Identity.of(user, id)

    @property
    def identity(self) -> Identity:
        """Whom code that runs with this session acts for, whatever has become of ``id`` and ``user`` since."""
        return self._identity

    @classmethod
    def of_request(
        cls,
        key: SessionKey,
        environment: Environment,
        registry: Registry,
        history: list[Message],
        data: dict[str, Any],
    ) -> Session:
        """The session a data handler is given: it can look, and has nowhere to answer to."""
        connected = environment.connected.of(key.user.id)
        session = cls(key.id, copy_of_user(key.user), SessionChannel(key.channel), history, data, connected)
        session._registry = registry
        session._identity = session._identity._replace(environment=environment)
        return session

    @classmethod
    def of_turn(cls, turn_context: TurnContext, registry: Registry) -> Session:
        """The session of a running turn."""
        key = turn_context.output.key
        session = cls(key.id, copy_of_user(key.user), SessionChannel(key.channel))
        session._turn_context = turn_context
        session._registry = registry
        user_id, owner_id, session_id, *_ = session._identity
        session._identity = Identity(user_id, owner_id, session_id, turn_context.output, turn_context.environment)
        session._data = turn_context.state.data
        session._history = None
        session.integrations = turn_context.environment.connected.of(key.user.id)
        return session

    @property
    def data(self) -> SessionData:
        """Small state of this conversation, stored when the handler returns (behaviour.md §10)."""
        return self._data

    @data.setter
    def data(self, content: dict[str, Any]) -> None:
        replacement = dict(content)
        self._data.clear()
        self._data.update(replacement)

    @property
    def db(self) -> ScopedDb:
        """The declared collections, confined to this session's identity. Raises ``RuntimeError`` unbound."""
        from cpsl.runtime.collections.dynamic import ScopedDb  # noqa: PLC0415 - loads the query compiler

        registry, _ = self._bound("db")
        return ScopedDb(registry.collections, self.identity)

    @property
    def collections(self) -> CollectionManager:
        """Opens collections by name. Raises ``RuntimeError`` unbound."""
        from cpsl.runtime.collections.dynamic import CollectionManager  # noqa: PLC0415

        (registry, environment), identity = self._bound("collections"), self.identity
        return CollectionManager(registry.collections, lambda: environment, lambda: identity)

    async def get(self, key: str, default: Any = None, *, scope: str = "session") -> Any:
        """The value of a key in the scope session, user, owner or app, else the default (behaviour.md §16).

        Raises ``ValueError`` for another scope.
        """
        return self._kv().get(key, default, scope)

    async def set(self, key: str, value: Any, *, scope: str = "session") -> None:
        """Store a value. Raises ``TypeError`` when JSON cannot hold it."""
        self._kv().set(key, value, scope)

    async def delete(self, key: str, *, scope: str = "session") -> None:
        """Remove a value; a missing one is fine."""
        self._kv().delete(key, scope)

    def _kv(self) -> KeyValue:
        from cpsl.runtime.keyvalue import KeyValue  # noqa: PLC0415

        _, environment = self._bound("the key-value store")
        return KeyValue(environment, self.identity)

    def _bound(self, what: str) -> tuple[Registry, Environment]:
        registry, environment = self._registry, self.identity.environment
        if registry is None or environment is None:
            raise RuntimeError(f"{what} is not bound: this session belongs to no running app.")
        return registry, environment

    @property
    def history(self) -> list[Message]:
        """Earlier messages, oldest first, at most the last 50; what this turn says is appended."""
        if self._history is None:
            assert self._turn_context is not None
            self._history = self._turn_context.history()
        return self._history

    @history.setter
    def history(self, messages: list[Message]) -> None:
        self._history = messages

    async def reply(self, text: str) -> None:
        """Say ``text``: it is appended to ``history`` and delivered."""
        self._say(text)

    async def notify(self, text: str, *, detail: str = "") -> None:
        """Show a status line that the next output replaces; never part of the history (behaviour.md §9)."""
        if self._turn_context:
            self._turn_context.output.notify(text, detail)

    async def show(self, block: Block) -> None:
        """Show a rich block. Raises ``TypeError`` for a payload that JSON cannot hold."""
        if self._turn_context:
            self._turn_context.show(block)

    def stream_reply(self) -> ReplyStream:
        """A reply written piece by piece, see :class:`ReplyStream`. Raises ``RuntimeError`` outside a turn."""
        self._require_live("stream_reply")
        return ReplyStream(self)

    async def stream(self, chunks: AsyncIterable[str]) -> None:
        """Deliver the chunks (deltas or snapshots) as one reply, each at once."""
        await self._stream(chunks)

    async def stream_reply_from(self, stream: AsyncIterable[str | None]) -> str:
        """Stream an async iterable as one reply and return its whole text; None items are skipped."""
        self._require_live("stream_reply_from")
        return await self._stream(stream)

    def chat_messages(self, current: Message, *, cls: Callable[..., Any] | None = None) -> list[Any]:
        """The conversation with ``current`` last, as a list of ``{"role", "content"}`` (behaviour.md §7)."""
        return chat_messages([*self.history, current], cls)

    async def prompt_approval(
        self,
        message: str,
        *,
        approve_label: str = "Approve",
        reject_label: str = "Reject",
        timeout: float = ANSWER_SECONDS,
    ) -> bool:
        """Ask for a yes; rejection, no answer within ``timeout`` seconds and no running turn are all False."""
        if self._turn_context is None:
            return False
        question = Question("approval", message, (approve_label, reject_label))
        return await self._turn_context.ask(question, timeout) is True

    async def prompt_file(
        self,
        *,
        message: str = "Please upload a file",
        accept: str = "",
        path: str | None = None,
        timeout: float = ANSWER_SECONDS,
    ) -> FileUpload:
        """Ask for a file; with ``path`` it is copied there (into it, for a folder or a path ending in ``/``).

        Raises ``FileUploadTimeout`` when none comes within ``timeout`` seconds, ``OSError`` when the file
        cannot be read.
        """
        from cpsl.model.upload import FileUpload, FileUploadTimeout  # noqa: PLC0415 - few apps ask for files
        from cpsl.runtime.attachments import attach  # noqa: PLC0415

        question = Question("file", message, accept=accept)
        answer = await self._turn_context.ask(question, timeout) if self._turn_context else None
        if not answer:
            raise FileUploadTimeout("no file was uploaded")
        file = attach(str(answer))
        upload = FileUpload(file.name, file.content_type, file.url, file.size)
        if path is not None:
            await upload.download(_destination(path, file.name))
        return upload

    async def prompt_integration(
        self,
        integration_type: str | Integration,
        *,
        reason: str = "",
        message: str | None = None,
        timeout: float = ANSWER_SECONDS,
    ) -> IntegrationCredentials:
        """Ask to connect a service, unless it is connected; the reason (or message) is said first, as a reply.

        Raises ``IntegrationTimeout`` without an answer, ``IntegrationDeclined`` when the person refuses.
        """
        from cpsl.model.integration import integration_type as plain_type  # noqa: PLC0415 - few apps connect anything
        from cpsl.model.upload import IntegrationDeclined, IntegrationTimeout  # noqa: PLC0415

        present = self.get_integration(integration_type)
        if present:
            return present
        name = plain_type(integration_type)
        if reason or message:
            await self.reply(reason or message or "")
        question = form(name, self._registry.integrations.get(name) if self._registry else None)
        answer = await self._turn_context.ask(question, timeout) if self._turn_context else None
        if answer is None:
            raise IntegrationTimeout(f"{name} was not connected in time")
        if not answer:
            raise IntegrationDeclined(f"connecting {name} was declined")
        connected = self.integrations[name] = credentials(answer)
        return connected

    async def require_integration(
        self,
        integration: str | Integration,
        *,
        reason: str = "",
        message: str | None = None,
        timeout: float = ANSWER_SECONDS,
    ) -> IntegrationCredentials:
        """The credentials of a service, asked for if it is not connected; raises as :meth:`prompt_integration`."""
        return await self.prompt_integration(integration, reason=reason, message=message, timeout=timeout)

    def get_integration(self, integration: str | Integration) -> IntegrationCredentials | None:
        """The credentials of a connected service, or None."""
        from cpsl.model.integration import integration_type  # noqa: PLC0415

        found: IntegrationCredentials | None = self.integrations.get(integration_type(integration))
        return found or None

    async def set_title(self, title: str) -> None:
        """Name the conversation for people."""
        if self._turn_context:
            self._turn_context.set_title(title)

    async def publish(self, key: str, value: Any) -> Any:
        """Set one key of ``data``, store it now, and return the value."""
        self.data[key] = value
        await self.flush_data()
        return value

    async def flush_data(self) -> None:
        """Store changes of ``data`` now instead of at the end of the turn; nothing if there are none."""
        if self._turn_context:
            self._turn_context.commit()

    async def emit(self, event: str, payload: dict[str, Any] | None = None) -> None:
        """Send a transient event to whoever watches; it is not stored and not shown (behaviour.md §11)."""
        if self._turn_context:
            self._turn_context.output.signal("session_event", {"event": event, "payload": payload or {}})

    def _require_live(self, method: str) -> TurnContext:
        if self._turn_context is None:
            raise RuntimeError(f"{method}() needs a running turn: this session has nowhere to send to.")
        return self._turn_context

    async def _stream(self, chunks: AsyncIterable[str | None]) -> str:
        async with ReplyStream(self) as reply:
            async for chunk in chunks:
                if chunk is not None:
                    reply.write(chunk)
        return reply.text

    def _chunk(self, text: str, stream: int, received: Accumulator) -> int:
        """Send a piece of a stream, opening it with its first piece; returns the stream's number."""
        if self._turn_context:
            stream = stream or self._turn_context.output.open_stream(received)
            self._turn_context.output.chunk(text, stream)
        return stream

    def _say(self, text: Any, *, stream: int = 0) -> None:
        words = text if isinstance(text, str) else "" if text is None else str(text)
        entry = self._turn_context.output.reply(words, stream=stream) if self._turn_context else None
        if self._history is None:
            return
        channel = self.channel.type
        message = to_message(entry, channel) if entry else Message(words, "app", cast(ChannelType, channel))
        self._history.append(message)


active_session: ContextVar[Session | None] = ContextVar("cpsl_session", default=None)


def current_session() -> Session | None:
    """The live session of the handler that is running, or None outside one."""
    session = active_session.get()
    return session if session is not None and session.identity is active.get() else None


def _destination(path: str, name: str) -> str:
    target = os.path.join(path, name) if path.endswith("/") or os.path.isdir(path) else path
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    return target
