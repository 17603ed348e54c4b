"""A user's function, looked at once when it is registered, and called."""

from __future__ import annotations

import inspect
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import AsyncGeneratorType, GeneratorType
from typing import Any, NoReturn

_SAY_SO = "write await session.reply(...)"

log = logging.getLogger("cpsl")


class Handler:
    """Calls a handler, sync or async, and awaits what has to be awaited (behaviour.md §2).

    A process that it has forked ends where it comes out of the handler: what follows is the parent's to do, with its
    connection to the store and its script.
    """

    __slots__ = ("_location", "_told", "function")

    def __init__(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise TypeError(f"A handler must be a function, not {type(function).__name__}.")
        self.function = function
        self._location: tuple[str, int] | None = None
        self._told = False

    def __str__(self) -> str:
        return f"{self.name} ({self.place})" if self.place else self.name

    @property
    def name(self) -> str:
        """The function's own name."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    @property
    def location(self) -> tuple[str, int]:
        """The file and line of its definition; ``("", 0)`` when Python does not know."""
        if self._location is None:
            code = getattr(inspect.unwrap(self.function), "__code__", None)
            self._location = (code.co_filename, code.co_firstlineno) if code else ("", 0)
        return self._location

    @property
    def place(self) -> str:
        """``app.py:5``, as sentences name it; ``""`` when Python does not know."""
        file, line = self.location
        return f"{os.path.basename(file)}:{line}" if file else ""

    async def __call__(self, *args: Any) -> Any:
        result = await self.with_keywords(*args)
        if isinstance(result, GeneratorType | AsyncGeneratorType):
            instead = f"{_SAY_SO} in place of yield" if args else "take the yield out"
            self.tell(f"{self} has a yield in it, so nothing of it was run: {instead}.")
        return result

    def note_unheard(self, result: Any) -> None:
        """Warn that a text which the function returned, having said nothing, reaches nobody."""
        if isinstance(result, str) and result:
            self.tell(f"{self} returned a text, which nobody is told, and said nothing: {_SAY_SO} in place of return.")

    def tell(self, warning: str) -> None:
        """Warn, the first time."""
        if not self._told:
            self._told = True
            log.warning(warning)

    async def with_keywords(self, *args: Any, **keywords: Any) -> Any:
        """Call it with keyword arguments as well."""
        process = os.getpid()
        try:
            try:
                result = self.function(*args, **keywords)
            except TypeError as error:
                self._note_misfit(error, args, keywords)
                raise
            answer = await result if inspect.isawaitable(result) else result
        except BaseException as error:
            if os.getpid() != process:
                _end_forked(error)
            raise
        if os.getpid() != process:
            _end_forked(None)
        return answer

    def _note_misfit(self, error: TypeError, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        """Where the function's parameters do not fit the call, note beside the error where and how it is called."""
        step = error.__traceback__
        if step is None or step.tb_next is not None:
            return
        words = ", ".join([*(type(arg).__name__.lower() for arg in args), *(f"{name}=…" for name in keywords)])
        place = f"{self.place}: " if self.place else ""
        # As ``add_note`` of Python 3.11 does; the message itself stays Python's, since it goes into the history.
        error.__notes__ = [f"{place}it is called as {self.name}({words})"]  # type: ignore[attr-defined]


def _end_forked(error: BaseException | None) -> NoReturn:
    """As Python ends a process that such an error has come out of, but for hooks at the exit: they are the parent's."""
    code = error.code if isinstance(error, SystemExit) else error and 1
    with suppress(Exception):
        if not isinstance(error, SystemExit | None):
            sys.excepthook(type(error), error, error.__traceback__)
        elif not isinstance(code, int | None):
            sys.stderr.write(f"{code}\n")
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit((code or 0) & 0xFF if isinstance(code, int | None) else 1)
