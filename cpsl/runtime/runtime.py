"""The runtime: an app brought to life in a world (behaviour.md §2)."""

from __future__ import annotations

import asyncio
import linecache
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from cpsl.errors import BootError, DeclarationError, ShutdownError
from cpsl.ids import ObjectIds
from cpsl.model.events import SettingChosen
from cpsl.model.identity import SessionKey, UserInfo, copy_of_user
from cpsl.runtime.app import App
from cpsl.runtime.background import Background
from cpsl.runtime.connected import Connected
from cpsl.runtime.conversation import Conversation, message_of
from cpsl.runtime.current import Boot, Identity, active, booting
from cpsl.runtime.door import Door
from cpsl.runtime.environment import Environment
from cpsl.runtime.history import last_messages
from cpsl.runtime.ports import World
from cpsl.runtime.session import Session, active_session
from cpsl.store.conversations import FIRST_NAME
from cpsl.wording import class_name, notes_of

if TYPE_CHECKING:
    from cpsl.runtime.collections.ref import CollectionRef
    from cpsl.runtime.data_handlers import RequestContext

# Real seconds: somebody waits for the program to end.
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
        object_ids = ObjectIds(world.clock, world.ids)
        connected = world.connected or Connected()
        self.background = Background()
        self.environment = Environment(world.store, world.clock, object_ids, world.asker, connected, self.background)
        self._open: dict[tuple[str, str], Conversation] = {}

    async def start(self) -> None:
        """Bring the store in line with the declarations and run the ``boot`` hook.

        From now on the app's collections, settings and keys are bound to this runtime. Raises ``BootError``
        with the app's exception as its cause, ``DeclarationError`` for a collection that cannot be had.
        """
        self.app.binding.bind(self.environment)
        for warning in self.app.registry.warnings:
            log.warning(warning)
        for ref in self.app.registry.collections.values():
            self._ensure(ref)
        loop = asyncio.get_running_loop()
        self.background.watch(loop)
        try:
            await self._boot()
        except BaseException:
            self.background.unwatch(loop)
            raise

    async def _boot(self) -> None:
        hook = self.app.registry.hooks.get("boot")
        if hook is None:
            return
        boot = Boot()
        token = booting.set(boot)
        try:
            with self.background.owning():
                await hook()
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            raise BootError(f"boot raised {class_name(error)}: {message_of(error)}{notes_of(error)}") from error
        finally:
            boot.running = False
            booting.reset(token)

    def _ensure(self, ref: CollectionRef) -> None:
        try:
            self.world.store.declarations.ensure(ref.declaration)
        except ValueError as error:
            file, line = ref.declared_at
            source = linecache.getline(file, line).strip()
            raise DeclarationError(f"{error}\n  {os.path.relpath(file)}:{line}\n    {source}") from None

    def resume(self, user: UserInfo, channel: str = "chat") -> Conversation:
        """The person's latest conversation, or their first.

        An app whose chat page has the mode ``single`` has one conversation with each person (behaviour.md §21).
        """
        registry = self.app.registry
        if registry.has_pages and registry.pages.chat.get("mode") == "single":
            return self.named(user, FIRST_NAME, channel)
        record = self.world.store.conversations.latest(user.id)
        return self.named(user, record.name if record else FIRST_NAME, channel)

    def named(self, user: UserInfo, name: str, channel: str = "chat") -> Conversation:
        """The person's conversation of that name, opened or made."""
        record = self.world.store.conversations.named(user.id, name)
        return self._conversation(record.id if record else self._fresh_id(), name, user, channel)

    def keyed(self, key: SessionKey) -> Conversation:
        """The conversation of that key, opened or made: a replay knows its id."""
        return self._conversation(key.id, key.name, key.user, key.channel)

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
        try:
            await self._limited(conversation.close(), "exit", lambda: _not_begun(conversation))
        finally:
            if conversation.leaving_waits:
                conversation.commit_late_changes()

    async def close(self) -> None:
        """End work of our own, leave every conversation, then run the ``shutdown`` hook, for at most 5 seconds.

        Raises ``ShutdownError`` with a hook's exception as its cause; the runtime is closed all the same.
        """
        first: ShutdownError | None = None
        await self.background.close(LEAVE_SECONDS)
        hook = self.app.registry.hooks.get("shutdown")
        leaving = [self.leave(conversation) for conversation in self._open.values()]
        for work in (*leaving, *([self._limited(hook(), "shutdown")] if hook else [])):
            try:
                await work
            except ShutdownError as error:
                first = first or error
        self.background.unwatch(asyncio.get_running_loop())
        self.app.binding.release(self.environment)
        if first:
            raise first

    def commit_late_changes(self) -> None:
        """Store what coroutines that handlers left running have changed in ``session.data`` since then."""
        for conversation in self._open.values():
            conversation.commit_late_changes()

    async def choose(self, key: SessionKey, name: str, value: Any) -> None:
        """A person changes a setting, as on a settings page; raises what :meth:`SettingsAccessor.set` raises."""
        token = active.set(Identity.of(key.user, key.id, environment=self.environment))
        try:
            await self.app.settings.set(name, value)
        finally:
            active.reset(token)
        self._door.send(SettingChosen(self._door.last_turn, self._door.now(), name, value), key)

    async def data(
        self,
        name: str,
        user: UserInfo,
        parameters: Mapping[str, str],
        *,
        authenticated: bool = True,
        key: SessionKey | None = None,
    ) -> Any:
        """What the data handler of that name answers the person (behaviour.md §18), in their conversation ``key``.

        Without one it is their latest.

        Raises ``LookupError`` for an unknown name, ``DataFailure`` without sign-in where that is needed, and
        whatever the handler raises.
        """
        handler = self.app.registry.data.get(name)
        if handler is None:
            known = ", ".join(sorted(self.app.registry.data)) or "none"
            raise LookupError(f"there is no data handler {name!r}; the app declares: {known}")
        session = self._session_of(key or self._latest(user))
        context = self._context(user, session, authenticated)
        tokens = active.set(session.identity), active_session.set(session if handler.wants_session else None)
        try:
            with self.background.owning():
                return await handler.answer(context, session, parameters)
        finally:
            active.reset(tokens[0])
            active_session.reset(tokens[1])

    def _session_of(self, key: SessionKey) -> Session:
        """The conversation, to look at; it is neither opened nor made by that."""
        stored = self.world.store.conversations
        history, data = last_messages(stored, key), stored.data(key.id).value()
        return Session.of_request(key, self.environment, self.app.registry, history, data)

    def _latest(self, user: UserInfo) -> SessionKey:
        record = self.world.store.conversations.latest(user.id)
        if record:
            return SessionKey(record.id, record.name, user, record.channel)
        opened = next((talk.key for talk in self._open.values() if talk.key.user.id == user.id), None)
        return opened._replace(user=user) if opened else SessionKey(self._fresh_id(), FIRST_NAME, user)

    def _context(self, user: UserInfo, session: Session, authenticated: bool) -> RequestContext:
        from cpsl.runtime.data_handlers import HomeContext  # noqa: PLC0415 - only apps with data handlers need it

        return HomeContext(
            user=copy_of_user(user),
            integrations=session.integrations,
            authenticated=authenticated,
            db=session.db,
            app=self.app,
        )

    def _conversation(
        self, session_id: str, name: str, user: UserInfo, channel: str, *, fresh: bool = False
    ) -> Conversation:
        present = self._open.get((user.id, name))
        if present and present.key.name == name:
            # The person may act for another organisation by now.
            present.key = present.key._replace(user=user)
            return present
        key = SessionKey(session_id, name, user, channel)
        registry = self.app.registry
        conversation = Conversation(key, self.environment, registry, self._door, self.world, fresh=fresh)
        self._open[user.id, name] = conversation
        return conversation

    def _fresh_id(self) -> str:
        return self.world.ids.hex(_SESSION_ID_BYTES)

    async def _limited(self, work: Coroutine[Any, Any, Any], what: str, waited: Callable[[], str] = lambda: "") -> None:
        """Run a leaving hook within its time. ``SystemExit`` in a task would end the loop, so none leaves.

        :param waited: what it has waited for to the end, if it has not begun.
        """
        try:
            error = await asyncio.wait_for(_caught(work), LEAVE_SECONDS)
        except asyncio.TimeoutError:
            if reason := waited():
                log.warning("%s was not run: %s, which did not end within %g seconds.", what, reason, LEAVE_SECONDS)
            else:
                log.warning("%s took longer than %g seconds and was stopped.", what, LEAVE_SECONDS)
            return
        if error:
            raise ShutdownError(f"{what} raised {class_name(error)}: {message_of(error)}") from error


def _not_begun(conversation: Conversation) -> str:
    return conversation.others_turn if conversation.leaving_waits else ""


async def _caught(work: Coroutine[Any, Any, Any]) -> BaseException | None:
    try:
        await work
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return error
    return None
