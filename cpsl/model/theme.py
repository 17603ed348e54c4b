"""How an app looks on the hosted platform; here an accent colour at most (behaviour.md §21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from cpsl.model.omit_unset import omit_none

PresetName = Literal["dark", "light", "midnight", "warm"]
Radius = Literal["sm", "md", "lg"]


@dataclass
class Theme:
    """Colours (CSS texts), images, fonts and words of an app; None leaves the platform's own."""

    preset: PresetName | None = None
    logo: str | None = None
    logo_background: str | None = None
    tagline: str | None = None
    title: str | None = None
    description: str | None = None
    site_name: str | None = None
    preview_image: str | None = None
    favicon: str | None = None
    primary: str | None = None
    accent: str | None = None
    background: str | None = None
    foreground: str | None = None
    sidebar: str | None = None
    surface: str | None = None
    border: str | None = None
    muted: str | None = None
    danger: str | None = None
    success: str | None = None
    font_sans: str | None = None
    font_mono: str | None = None
    radius: Radius | None = None

    def merge(self, overrides: Mapping[str, Any]) -> Theme:
        """A new theme in which overrides that are not None win. Raises ``TypeError`` for an unknown name."""
        known = {f.name for f in fields(self)}
        unknown = [name for name in overrides if name not in known]
        if unknown:
            raise TypeError(f"a theme has no {', '.join(map(repr, unknown))}; it has {', '.join(sorted(known))}")
        return replace(self, **omit_none(**overrides))

    def to_dict(self) -> dict[str, Any]:
        """What was set, in the order of the fields."""
        return omit_none(**vars(self))


PRESETS: dict[str, Theme] = {
    "dark": Theme(
        preset="dark",
        primary="#7c9cff",
        accent="#4fd1c5",
        background="#16181d",
        foreground="#eceef2",
        sidebar="#101216",
        surface="#1f2229",
        border="#31353f",
        muted="#8d94a3",
        danger="#f47067",
        success="#57ab5a",
    ),
    "light": Theme(
        preset="light",
        primary="#2f5bea",
        accent="#0f8b8d",
        background="#ffffff",
        foreground="#1b1f27",
        sidebar="#f5f6f8",
        surface="#fafbfc",
        border="#dde1e8",
        muted="#69707d",
        danger="#c93c37",
        success="#2d7d3a",
    ),
    "midnight": Theme(
        preset="midnight",
        primary="#9b8cff",
        accent="#5ec4ff",
        background="#0b1026",
        foreground="#e6e9fb",
        sidebar="#070b1c",
        surface="#141b38",
        border="#27305a",
        muted="#8690bd",
        danger="#ff7a90",
        success="#5fd3a2",
    ),
    "warm": Theme(
        preset="warm",
        primary="#b4532a",
        accent="#d99a2b",
        background="#fdf8f1",
        foreground="#38291f",
        sidebar="#f6ecdf",
        surface="#fffcf7",
        border="#e5d5c2",
        muted="#8a7667",
        danger="#b3362b",
        success="#5c7f3b",
    ),
}


def resolve_theme(preset: PresetName | None = None, **overrides: Any) -> Theme:
    """The preset's theme with the overrides laid over it; no preset starts from nothing.

    Raises ``ValueError`` for an unknown preset, ``TypeError`` for an unknown override.
    """
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"unknown theme preset {preset!r}; the presets are {', '.join(PRESETS)}")
    base = PRESETS[preset] if preset is not None else Theme()
    return base.merge(overrides)
