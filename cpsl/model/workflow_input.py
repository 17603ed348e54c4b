"""What a person filled into a workflow's form (behaviour.md §25)."""

from __future__ import annotations

from collections.abc import ItemsView, KeysView, ValuesView
from dataclasses import dataclass
from typing import Any


@dataclass(init=False, repr=False)
class WorkflowInput:
    """The fields of a form, as items (``KeyError``) and as attributes (``AttributeError``).

    It has no length, cannot be iterated and is always true. Uploaded files are
    :class:`~cpsl.model.upload.FileUpload` values.
    """

    _data: dict[str, Any]

    # __getitem__ alone would let Python try 0, 1, 2, … as keys; None makes iteration a clear TypeError.
    __iter__ = None

    def __init__(self, data: dict[str, Any] | None = None) -> None:
        self._data = dict(data or {})

    def __repr__(self) -> str:
        return f"WorkflowInput({self._data!r})"

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __getattr__(self, key: str) -> Any:
        # copy and pickle ask for dunders, and for _data itself, before __init__ has run.
        if key == "_data" or key.startswith("__"):
            raise AttributeError(key)
        if key in self._data:
            return self._data[key]
        if key == "payload":
            # LOCAL: published apps read input.payload, which the hosted SDK does not have.
            return self._data
        raise AttributeError(f"the workflow input has no field {key!r}; it has {', '.join(self._data) or 'none'}")

    def get(self, key: str, default: Any = None) -> Any:
        """The field's value, or ``default``."""
        return self._data.get(key, default)

    def keys(self) -> KeysView[str]:
        """The names of the fields."""
        return self._data.keys()

    def values(self) -> ValuesView[Any]:
        """The values of the fields."""
        return self._data.values()

    def items(self) -> ItemsView[str, Any]:
        """Names and values."""
        return self._data.items()

    def to_dict(self) -> dict[str, Any]:
        """The fields as a new dict."""
        return dict(self._data)
