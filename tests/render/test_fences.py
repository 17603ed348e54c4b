from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cpsl.render.fences import FenceLine, FenceReader, code_blocks

# As replies are rendered: HTML and definitions of references are text.
PARSER = MarkdownIt().enable("table").disable(["html_block", "reference"])
AROUND = ["", "", " ", "  ", "   ", "    ", "\t", "- ", "* ", "1. ", "2) ", "10. ", "> ", ">", "-"]
CONTENT = ["", "```", "~~~", "````", "```py", "```x```", "~~~ `a`", "``` x", "a", "# a", "---", "| a |", "|-|", "==="]
LINES = st.lists(
    st.builds("{}{}{}".format, st.sampled_from(AROUND), st.sampled_from(AROUND), st.sampled_from(CONTENT)), max_size=14
)


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
        ("- item\n\n  ```\n  a\n    b\n\n  c\n  ```\n", ["a\n  b\n\nc"]),
        ("- item\n\n  ```\n  a\n b\n\n  ```\n", ["a", ""]),
        ("- ```\n  a\n  ```\nb", ["a"]),
        ("1. item\n\n    ```\n    a\n    ```\n", ["a"]),
        ("> ```\n> a\n\nb", ["a"]),
        ("```\na\n    ```\nb\n```\nc", ["a\n    ```\nb"]),
        ("    ```\n    a\n\nb", []),
        ("text\n2. ```\na", []),
        ("```\r\na\rb\0\r\n```\r\nc", ["a\rb\0"]),
        ("```\n1\n```\n```\n2\n```", ["1", "2"]),
    ],
)
def test_the_code_of_a_text_stands_between_its_fences(text: str, blocks: list[str]) -> None:
    assert code_blocks(text) == blocks


@given(LINES)
@example(["```x``` is code", "", "a"])
@example(["a", "2. ```", "a"])
@example(["| a |", "|-|", "2. ```", "a"])
@example(["1. a", "", "    ```", "    a", "    ```"])
@example(["- ```", "  a", "b", "```"])
@example(["- ```", "", "  - ```", "  ```"])
@example(["> ```", "> a", "", "> ```"])
@example(["- a", "", "  > ~~~", "  > b", "  ~~~"])
def test_line_by_line_the_fences_are_those_of_the_whole_text(lines: list[str]) -> None:
    tokens = PARSER.parse("\n".join(lines) + "\n")
    expected = {line for token in tokens if token.type == "fence" and token.map for line in range(*token.map)}
    reader = FenceReader()
    assert {number for number, line in enumerate(lines) if reader.take(line) is not FenceLine.OUTSIDE} == expected


def test_a_text_without_fences_loads_no_parser() -> None:
    code = (
        "import sys; from cpsl.render.fences import FenceReader; reader = FenceReader();"
        "[reader.take(line) for line in ('- a', '', '  b `c`', '> d')];"
        "assert 'markdown_it' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
