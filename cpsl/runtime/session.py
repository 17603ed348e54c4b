"""``cpsl.Session``: one conversation, as the running handler sees it (behaviour.md §5, §6)."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from typing import TYPE_CHECKING, Any, cast

from cpsl.model.block import Block
from cpsl.model.identity import SessionChannel, SessionKey, UserInfo, copy_of_user
from cpsl.model.message import ChannelType, Message
from cpsl.runtime.current import Identity
from cpsl.runtime.environment import Environment
from cpsl.runtime.history import chat_messages, to_message
from cpsl.runtime.prompts import Questions
from cpsl.runtime.session_data import SessionData
from cpsl.runtime.stream import Accumulator, ReplyStream
from cpsl.runtime.turn_context import TurnContext
from cpsl.wording import names_inherited_methods

if TYPE_CHECKING:
    from cpsl.runtime.collections.dynamic import CollectionManager, ScopedDb
    from cpsl.runtime.keyvalue import KeyValue


@names_inherited_methods
class Session(Questions):
    """Who is talking, what was said, what is remembered, and the ways to answer.

    Apps receive it. Built by hand it has no live target: ``reply`` only writes to ``history``, ``notify``
    does nothing, ``stream_reply`` raises ``RuntimeError``.
    """

    __slots__ = (
        "__weakref__",
        "_data",
        "_history",
        "_identity",
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
        self._identity = Identity.of(user, id)

    @property
    def identity(self) -> Identity:
        """Whom code that runs with this session acts for, whatever has become of ``id`` and ``user`` since."""
        return self._identity._replace(session=self)

    @classmethod
    def of_request(
        cls, key: SessionKey, environment: Environment, history: list[Message], data: dict[str, Any]
    ) -> Session:
        """The session a data handler is given: it can look, and has nowhere to answer to."""
        connected = environment.connected.of(key.user.id)
        session = cls(key.id, copy_of_user(key.user), SessionChannel(key.channel), history, data, connected)
        session._identity = session._identity._replace(environment=environment)
        return session

    @classmethod
    def of_turn(cls, turn_context: TurnContext) -> Session:
        """The session of a running turn."""
        key = turn_context.output.key
        session = cls(key.id, copy_of_user(key.user), SessionChannel(key.channel))
        session._turn_context = turn_context
        user_id, owner_id, session_id, *_ = session._identity
        session._identity = Identity(user_id, owner_id, session_id, None, turn_context, turn_context.environment)
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

        return ScopedDb(self._bound("db").registry.collections, self.identity)

    @property
    def collections(self) -> CollectionManager:
        """Opens collections by name. Raises ``RuntimeError`` unbound."""
        from cpsl.runtime.collections.dynamic import CollectionManager  # noqa: PLC0415

        environment, identity = self._bound("collections"), self.identity
        return CollectionManager(environment.registry.collections, lambda: environment, lambda: identity)

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

        return KeyValue(self._bound("the key-value store"), self.identity)

    def _bound(self, what: str) -> Environment:
        environment = self.identity.environment
        if environment is None:
            raise RuntimeError(f"{what} is not bound: this session belongs to no running app.")
        return environment

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
        said = self._turn_context.output.reply(words, stream=stream) if self._turn_context else None
        if self._history is None:
            return
        channel = self.channel.type
        message = to_message(said, channel) if said else Message(words, "app", cast(ChannelType, channel))
        self._history.append(message)
