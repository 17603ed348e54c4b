"""What the groups of declarations share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from cpsl.model.image import Image
from cpsl.runtime.environment import Environment
from cpsl.runtime.registry import Registry

F = TypeVar("F", bound=Callable[..., Any])


class DeclarationGroup:
    """Holds the registry, and the environment once a runtime has brought the app to life."""

    name: str
    image: Image | None
    registry: Registry
    environment: Environment | None = None

    def _current_ground(self) -> Environment | None:
        return self.environment

    def _functional(self, decorator: str) -> None:
        """Raises ``RuntimeError`` for a handler decorator on an app without an image (behaviour.md §1.1)."""
        if self.image is None:
            raise RuntimeError(
                f"@app.{decorator}() needs an app with an image: write App({self.name!r}, image=cpsl.Image())."
            )


def needs_parentheses(decorator: str, name: object) -> None:
    """Raises ``TypeError`` where a decorator was given the function itself in place of its first argument."""
    if callable(name):
        raise TypeError(f"Write @app.{decorator} with parentheses: without them the handler is never registered.")


def checked_access(access: str) -> str:
    """Who may look: everybody or who is signed in. Raises ``ValueError`` for another word."""
    if access not in ("public", "authenticated"):
        raise ValueError(f"access is public or authenticated, not {access!r}")
    return access
