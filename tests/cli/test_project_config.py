"""The configuration that this project itself carries."""

import re
from pathlib import Path

from cpsl_cli.config import all_settings

CONFIG = Path(__file__).parents[2] / ".capsule" / "config.toml"


def test_it_shows_every_setting_there_is() -> None:
    assert set(re.findall(r"^# (\w+) = ", CONFIG.read_text(encoding="utf-8"), re.MULTILINE)) == set(all_settings())
