"""``cpsl.App``: what a developer declares (behaviour.md §1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cpsl.model.image import Image
from cpsl.model.pricing import PricingType
from cpsl.runtime.declare.handlers import HandlerDeclarations
from cpsl.runtime.declare.pages import PageDeclarations
from cpsl.runtime.declare.state import StateDeclarations
from cpsl.runtime.registry import Registry
from cpsl.wording import names_inherited_methods

if TYPE_CHECKING:
    from cpsl.model.filesystem import FileSystem


class Deployment(NamedTuple):
    """What only matters to a hosted deployment: kept and shown, never acted on (behaviour.md §1.2 LOCAL)."""

    channels: tuple[Any, ...]
    keep_warm_seconds: int
    secrets: tuple[str, ...]
    filesystems: dict[str, FileSystem]
    npm_packages: tuple[str, ...]
    cpu: float
    memory: int
    gpu: str | None
    price: int
    pricing_type: str


@names_inherited_methods
class App(HandlerDeclarations, StateDeclarations, PageDeclarations):
    """A chat app. Handlers are registered with the decorators of this object.

    ``name`` is not validated; ``image`` marks the functional style, without it handler decorators raise
    ``RuntimeError``. ``filesystems`` maps mount paths to the folders that are mounted there; secrets that
    ``channels`` refer to count as the app's own. Every other argument is for the hosted deployment and has
    no effect here.
    """

    def __init__(
        self,
        name: str,
        *,
        image: Image | None = None,
        channels: Sequence[Any] | None = None,
        keep_warm_seconds: int = 0,
        secrets: Sequence[str] | None = None,
        filesystems: Mapping[str, FileSystem] | None = None,
        npm_packages: Sequence[str] | None = None,
        cpu: float = 0.25,
        memory: int = 512,
        gpu: str | None = None,
        price: int = 0,
        pricing_type: PricingType = "one_time",
    ) -> None:
        self.name = name
        self.image = image
        self.registry = Registry()
        self.registry.npm_packages.extend(npm_packages or ())
        self.deployment = Deployment(
            channels=tuple(channels or ()),
            keep_warm_seconds=keep_warm_seconds,
            secrets=_secret_names(secrets or (), channels or ()),
            filesystems=_mounted(filesystems or {}),
            npm_packages=tuple(npm_packages or ()),
            cpu=cpu,
            memory=memory,
            gpu=gpu,
            price=price,
            pricing_type=pricing_type,
        )

    def __repr__(self) -> str:
        return f"App({self.name!r})"


def _secret_names(declared: Iterable[str], channels: Iterable[Any]) -> tuple[str, ...]:
    """The declared names, then those that channel credentials refer to, each once (behaviour.md §1.2)."""
    # Asked for, not imported: only apps that declare such a channel pay for loading its module.
    credentials = [name for channel in channels if hasattr(channel, "secret_names") for name in channel.secret_names()]
    names = tuple(dict.fromkeys((*declared, *credentials)))
    if names:
        from cpsl.model.secret_source import secret_source  # noqa: PLC0415 - most apps declare none

        secret_source.names.update(names)
    return names


def _mounted(filesystems: Mapping[str, FileSystem]) -> dict[str, FileSystem]:
    for path, filesystem in filesystems.items():
        filesystem.mount(path)
    return dict(filesystems)
