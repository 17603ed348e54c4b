"""How a test states a signature: names, kinds and defaults, without annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def signature_text(function: Callable[..., Any]) -> str:
    """The call signature, such as ``(label, *, data=None)``."""
    signature = inspect.signature(function)
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))
