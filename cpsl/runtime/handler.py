"""A user's function, looked at once when it is registered."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any


class Handler:
    """Calls a handler, sync or async, and awaits what has to be awaited (API.md §2)."""

    __slots__ = ("_location", "function")

    def __init__(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise TypeError(f"A handler must be a function, not {type(function).__name__}.")
        self.function = function
        self._location: tuple[str, int] | None = None

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

    async def __call__(self, *args: Any) -> Any:
        try:
            result = self.function(*args)
        except TypeError as error:
            raise self._misfit(error, args, {}) from None
        return await result if inspect.isawaitable(result) else result

    async def with_keywords(self, *args: Any, **keywords: Any) -> Any:
        """Call it with keyword arguments as well."""
        try:
            result = self.function(*args, **keywords)
        except TypeError as error:
            raise self._misfit(error, args, keywords) from None
        return await result if inspect.isawaitable(result) else result

    def _misfit(self, error: TypeError, args: tuple[Any, ...], keywords: dict[str, Any]) -> TypeError:
        """The error itself, unless the function's parameters do not fit the call: then where and how it is called."""
        step = error.__traceback__
        if step is None or step.tb_next is not None:
            return error
        given = ", ".join([*(type(arg).__name__.lower() for arg in args), *(f"{name}=…" for name in keywords)])
        file, line = self.location
        place = f"{os.path.basename(file)}:{line}: " if file else ""
        return TypeError(f"{error} ({place}it is called as {self.name}({given}))")
