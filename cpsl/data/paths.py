"""Dotted paths through documents, as MongoDB's matcher walks them.

At an array the rest of the path is tried on every element that is an object, and a component that is an
index also on the element there. An array at the end of the path stands for each of its elements and for
itself, unless the path named it by index.
"""

from collections.abc import Iterator
from typing import Any

from cpsl.data.documents import MAX_DEPTH
from cpsl.data.ordering import MISSING
from cpsl.textwidth import cut

Path = tuple[str, ...]


def path_components(text: str) -> Path:
    """Return the components of a dotted path. Raises `ValueError` for more than documents can nest."""
    path = tuple(text.split("."))
    if len(path) > MAX_DEPTH:
        raise ValueError(
            f"the path '{cut(text, 21)}' has {len(path):,} parts; documents nest at most {MAX_DEPTH} levels"
        )
    return path


def terminals(value: Any, path: Path) -> Iterator[tuple[Any, bool]]:
    """Yield what stands at `path` (MISSING where nothing does), and whether an array there means its
    elements too.

    The empty path is the value itself, unexpanded: that is how the predicates of `$elemMatch` see an
    element.
    """
    return _walk(value, path, 0) if path else iter(((value, False),))


def candidates(value: Any, path: Path) -> Iterator[Any]:
    """Yield every value a comparison at `path` looks at: elements of a final array first, then the array."""
    for end, expands in terminals(value, path):
        if expands and isinstance(end, list):
            yield from end
        yield end


def _walk(value: Any, path: Path, at: int) -> Iterator[tuple[Any, bool]]:
    for index in range(at, len(path)):
        if isinstance(value, list):
            yield from _through(value, path, index)
            return
        value = value.get(path[index], MISSING) if isinstance(value, dict) else MISSING
    yield value, True


def _through(items: list[Any], path: Path, at: int) -> Iterator[tuple[Any, bool]]:
    for index, item in enumerate(items):
        if isinstance(item, dict):
            yield from _walk(item, path, at)
        if path[at] == str(index):
            yield from _at_index(item, path, at + 1)


def _at_index(item: Any, path: Path, rest: int) -> Iterator[tuple[Any, bool]]:
    if rest == len(path):
        yield item, False
    elif isinstance(item, dict):
        yield from _walk(item, path, rest)
    elif isinstance(item, list):
        yield from _through(item, path, rest)
