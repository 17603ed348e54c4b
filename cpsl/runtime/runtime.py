"""The runtime: an app brought to life in a world (API.md §2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from cpsl.errors import BootError, ShutdownError
from cpsl.model.identity import SessionKey, UserInfo
from cpsl.runtime.app import App
from cpsl.runtime.conversation import Conversation, message_of
from cpsl.runtime.door import Door
from cpsl.runtime.ports import World
from cpsl.store.conversations import FIRST_NAME

LEAVE_SECONDS = 5.0
_SESSION_ID_BYTES = 16

log = logging.getLogger("cpsl")


class Runtime:
    """Boots an app, opens conversations with it, and shuts it down.

    Lives on one event loop; ``world`` decides whether it is a terminal, a pipe, a replay or a test.
    """

    def __init__(self, app: App, world: World) -> None:
        self.app = app
        self.world = world
        self._door = Door(world)
        self._open: dict[tuple[str, str], Conversation] = {}

    async def start(self) -> None:
        """Run the ``boot`` hook. Raises ``BootError`` with the app's exception as its cause."""
        hook = self.app.registry.hooks.get("boot")
        if hook is None:
            return
        try:
            await hook()
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            raise BootError(f"boot raised {type(error).__name__}: {message_of(error)}") from error

    def resume(self, user: UserInfo, channel: str = "chat") -> Conversation:
        """The person's latest conversation, or their first."""
        record = self.world.store.conversations.latest(user.id)
        return self.named(user, record.name if record else FIRST_NAME, channel)

    def named(self, user: UserInfo, name: str, channel: str = "chat") -> Conversation:
        """The person's conversation of that name, opened or made."""
        record = self.world.store.conversations.named(user.id, name)
        return self._conversation(record.id if record else self._fresh_id(), name, user, channel)

    def new(self, user: UserInfo, channel: str = "chat") -> Conversation:
        """A conversation of its own, stored with its first message."""
        name = self.world.store.conversations.free_name(user.id)
        return self._conversation(self._fresh_id(), name, user, channel, fresh=True)

    async def leave(self, conversation: Conversation) -> None:
        """The person leaves the conversation: the ``exit`` hook, for at most 5 seconds.

        Raises ``ShutdownError`` with the hook's exception as its cause; the conversation is left all the same.
        """
        # Not by its name: a new conversation may have got another one with its first message.
        self._open = {place: talk for place, talk in self._open.items() if talk is not conversation}
        await self._limited(conversation.close(), "exit")

    async def close(self) -> None:
        """Leave every conversation, then run the ``shutdown`` hook, for at most 5 seconds.

        Raises ``ShutdownError`` with a hook's exception as its cause; the runtime is closed all the same.
        """
        first: ShutdownError | None = None
        hook = self.app.registry.hooks.get("shutdown")
        leaving = [self.leave(conversation) for conversation in self._open.values()]
        for work in (*leaving, *([self._limited(hook(), "shutdown")] if hook else [])):
            try:
                await work
            except ShutdownError as error:
                first = first or error
        if first:
            raise first

    def _conversation(
        self, session_id: str, name: str, user: UserInfo, channel: str, *, fresh: bool = False
    ) -> Conversation:
        present = self._open.get((user.id, name))
        if present and present.key.name == name:
            return present
        key = SessionKey(session_id, name, user, channel)
        conversation = Conversation(key, self.app.registry, self._door, self.world, fresh=fresh)
        self._open[user.id, name] = conversation
        return conversation

    def _fresh_id(self) -> str:
        return self.world.ids.hex(_SESSION_ID_BYTES)

    async def _limited(self, work: Coroutine[Any, Any, Any], what: str) -> None:
        """Run a leaving hook within its time. ``SystemExit`` in a task would end the loop, so none leaves."""
        try:
            error = await asyncio.wait_for(_caught(work), LEAVE_SECONDS)
        except asyncio.TimeoutError:
            log.warning("%s took longer than %g seconds and was stopped.", what, LEAVE_SECONDS)
            return
        if error:
            raise ShutdownError(f"{what} raised {type(error).__name__}: {message_of(error)}") from error


async def _caught(work: Coroutine[Any, Any, Any]) -> BaseException | None:
    try:
        await work
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return error
    return None
