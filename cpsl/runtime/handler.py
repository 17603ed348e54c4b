"""A user's function, looked at once when it is registered."""

from __future__ import annotations

import inspect
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
        result = self.function(*args)
        return await result if inspect.isawaitable(result) else result

    async def with_keywords(self, *args: Any, **keywords: Any) -> Any:
        """Call it with keyword arguments as well."""
        result = self.function(*args, **keywords)
        return await result if inspect.isawaitable(result) else result
