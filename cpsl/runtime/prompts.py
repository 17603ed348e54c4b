"""The session's questions: approval, file, integration (behaviour.md §32).

A question leaves through the door as a ``prompt`` event, its answer comes back as an ``answer`` event. What
a person typed into a secret form is in neither.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from cpsl.model.question import Question
from cpsl.runtime.connected import credentials, form

if TYPE_CHECKING:
    from cpsl.model.integration import Integration, IntegrationCredentials
    from cpsl.model.upload import FileUpload
    from cpsl.runtime.turn_context import TurnContext

TIMEOUT = 300.0


class Questions:
    """The part of ``Session`` that asks."""

    __slots__ = ()

    _turn_context: TurnContext | None
    integrations: dict[str, Any]

    async def reply(self, text: str) -> None:
        """Say something; the session's own."""
        raise NotImplementedError

    async def prompt_approval(
        self,
        message: str,
        *,
        approve_label: str = "Approve",
        reject_label: str = "Reject",
        timeout: float = TIMEOUT,
    ) -> bool:
        """Ask for a yes; rejection, no answer within ``timeout`` seconds and no running turn are all False."""
        if self._turn_context is None:
            return False
        question = Question("approval", message, (approve_label, reject_label))
        return await _ask(self._turn_context, question, timeout) is True

    async def prompt_file(
        self,
        *,
        message: str = "Please upload a file",
        accept: str = "",
        path: str | None = None,
        timeout: float = TIMEOUT,
    ) -> FileUpload:
        """Ask for a file; with ``path`` it is copied there (into it, for a folder or a path ending in ``/``).

        Raises ``FileUploadTimeout`` when none comes within ``timeout`` seconds, ``OSError`` when the file
        cannot be read.
        """
        from cpsl.model.upload import FileUpload, FileUploadTimeout  # noqa: PLC0415 - few apps ask for files
        from cpsl.runtime.attachments import attach  # noqa: PLC0415

        answer = (
            await _ask(self._turn_context, Question("file", message, accept=accept), timeout)
            if self._turn_context
            else None
        )
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
        timeout: float = TIMEOUT,
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
        turn_context = self._turn_context
        answer = (
            await _ask(turn_context, form(turn_context.environment.registry, name), timeout) if turn_context else None
        )
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
        timeout: float = TIMEOUT,
    ) -> IntegrationCredentials:
        """The credentials of a service, asked for if it is not connected; raises as :meth:`prompt_integration`."""
        return await self.prompt_integration(integration, reason=reason, message=message, timeout=timeout)

    def get_integration(self, integration: str | Integration) -> IntegrationCredentials | None:
        """The credentials of a connected service, or None."""
        from cpsl.model.integration import integration_type  # noqa: PLC0415

        found: IntegrationCredentials | None = self.integrations.get(integration_type(integration))
        return found or None


async def _ask(turn_context: TurnContext, question: Question, timeout: float) -> Any:
    turn_context.output.asked(question.kind, question.message)
    try:
        # Real seconds, whatever the world's clock shows: a person takes them, and one that stands still would let an
        # unanswered question wait for ever.
        answer = await asyncio.wait_for(turn_context.ask(question), timeout)
    except asyncio.TimeoutError:
        answer = None
    if question.kind == "approval" and isinstance(answer, str):
        answer = question.approves(answer) is True
    turn_context.output.answered(sorted(answer) if isinstance(answer, dict) else answer)
    return answer


def _destination(path: str, name: str) -> str:
    target = os.path.join(path, name) if path.endswith("/") or os.path.isdir(path) else path
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    return target
