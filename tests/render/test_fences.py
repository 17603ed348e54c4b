from __future__ import annotations

import pytest

from cpsl.render.fences import code_blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("no code, only `inline`", []),
        ("```\na\n```", ["a"]),
        ("```python title\na\n\nb\n```\nc", ["a\n\nb"]),
        ("~~~\n```\n~~~", ["```"]),
        ("````\n```\n````", ["```"]),
        ("```\na\n`````", ["a"]),
        ("```\na\n``` not the end\n```", ["a\n``` not the end"]),
        ("```\nopen", ["open"]),
        ("```", [""]),
        ("```in`line```\ntext", []),
        ("- item\n\n  ```\n  a\n    b\n c\n  ```\n", ["a\n  b\nc"]),
        ("```\n1\n```\n```\n2\n```", ["1", "2"]),
    ],
)
def test_the_code_of_a_text_stands_between_its_fences(text: str, blocks: list[str]) -> None:
    assert code_blocks(text) == blocks
