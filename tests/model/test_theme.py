from __future__ import annotations

import dataclasses

import pytest

from cpsl.model.theme import PRESETS, Theme, resolve_theme
from tests.signatures import signature_text

WORDS = "preset logo logo_background tagline title description site_name preview_image favicon"
COLOURS = "primary accent background foreground sidebar surface border muted danger success"


def test_a_theme_has_these_fields_all_optional() -> None:
    names = " ".join(f.name for f in dataclasses.fields(Theme))
    assert names == f"{WORDS} {COLOURS} font_sans font_mono radius"
    assert Theme().to_dict() == {}


def test_its_json_is_what_was_set() -> None:
    assert Theme(accent="#fff", title="").to_dict() == {"title": "", "accent": "#fff"}


def test_merging_makes_a_new_theme_in_which_given_overrides_win() -> None:
    theme = Theme(accent="#111", border="#222")
    assert theme.merge({"accent": "#333", "border": None}) == Theme(accent="#333", border="#222")
    assert theme.accent == "#111"


def test_an_unknown_override_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="a theme has no 'colour'; it has accent, background"):
        Theme().merge({"colour": "red"})


def test_there_are_four_presets_and_each_sets_every_colour() -> None:
    assert sorted(PRESETS) == ["dark", "light", "midnight", "warm"]
    assert all(" ".join(theme.to_dict()) == f"preset {COLOURS}" for theme in PRESETS.values())


def test_a_preset_is_resolved_with_overrides_on_top() -> None:
    theme = resolve_theme("dark", accent="#fff", radius="lg")
    assert (theme.preset, theme.accent, theme.radius) == ("dark", "#fff", "lg")
    assert theme.background == PRESETS["dark"].background
    assert PRESETS["dark"].accent != "#fff"


def test_without_a_preset_there_are_only_the_overrides() -> None:
    assert resolve_theme(logo="l.png").to_dict() == {"logo": "l.png"}
    assert signature_text(resolve_theme) == "(preset=None, **overrides)"


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'neon'; the presets are dark, light, midnight, warm"):
        resolve_theme("neon")  # type: ignore[arg-type]
