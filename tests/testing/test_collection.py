"""Which transcripts pytest collects, and what it says of those that it cannot."""

from __future__ import annotations

import pytest

from tests.testing.conftest import Collected, Shop, lines


def test_a_file_that_is_named_is_collected_turn_by_turn(shop: Shop, collected: Collected) -> None:
    assert collected("order.jsonl") == [f"order.jsonl::turn {number}" for number in range(1, 6)]
    assert collected("order.jsonl::turn 3") == ["order.jsonl::turn 3"]


def test_a_file_that_nobody_asks_for_is_left_alone(shop: Shop, collected: Collected) -> None:
    (shop.path / "rubbish.jsonl").write_text("rubbish", encoding="utf-8")
    assert collected() == []
    assert collected(".") == []


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("order.jsonl", ["order.jsonl"]),
        ("talks", ["talks/a.jsonl", "talks/deep/b.jsonl"]),
        ("./talks/", ["talks/a.jsonl", "talks/deep/b.jsonl"]),
        ("talks/*.jsonl", ["talks/a.jsonl"]),
        ("**/*.jsonl", ["order.jsonl", "talks/a.jsonl", "talks/deep/b.jsonl"]),
        ("talks/**", ["talks/a.jsonl", "talks/deep/b.jsonl"]),
        ("talks/*/b.jsonl order.jsonl", ["order.jsonl", "talks/deep/b.jsonl"]),
        ("../*", []),
    ],
)
def test_the_ini_says_which_files_are_collected_from_folders(
    shop: Shop, collected: Collected, setting: str, names: list[str]
) -> None:
    for name in ("talks/a.jsonl", "talks/deep/b.jsonl", "talks/attachments/0a/c.jsonl", "talks/.old/d.jsonl"):
        shop.write(name, lines("milk"))
    (shop.path / "talks" / "note.txt").write_text("no transcript", encoding="utf-8")
    shop.ini(f"capsule_transcripts = {setting}")
    assert sorted({line.partition("::")[0] for line in collected()}) == names


def test_a_setting_that_means_nothing_is_mentioned(shop: Shop) -> None:
    shop.ini("capsule_transcripts = order.jsonl talks")
    shop.run().stdout.fnmatch_lines(["capsule_transcripts: talks matches no transcript here"])
    assert "matches no" not in shop.run("order.jsonl").stdout.str()


def test_pytest_selects_among_turns_as_among_tests(shop: Shop) -> None:
    shop.write("other.jsonl", lines("milk", "eggs"))
    shop.run("order.jsonl", "other.jsonl", "-k", "order and not 3").assert_outcomes(passed=4, deselected=3)
    shop.run("order.jsonl", "--deselect", "order.jsonl::turn 5").assert_outcomes(passed=4, deselected=1)


def test_a_turn_stands_where_the_person_says_something(shop: Shop) -> None:
    items, _ = shop.pytester.inline_genitems("order.jsonl")
    assert [item.location for item in items[:2]] == [
        ("order.jsonl", 1, "order.jsonl: turn 1"),
        ("order.jsonl", 3, "order.jsonl: turn 2"),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"type":"user","text":"hi"}\n{"type":"rply"}\n', "order.jsonl:2: unknown type 'rply'; did you mean 'reply'?"),
        ("", "order.jsonl:1: nobody says anything in this file: it needs a line of type 'user'"),
        (
            '{"type":"user","text":"hi"}\n',
            "order.jsonl:1: no header names the app; set capsule_app in the ini, or give --capsule-app.",
        ),
    ],
)
def test_a_file_that_cannot_be_replayed_is_a_collection_error_of_one_line(shop: Shop, content: str, says: str) -> None:
    shop.order.write_text(content, encoding="utf-8")
    run = shop.run("order.jsonl")
    assert run.ret == pytest.ExitCode.INTERRUPTED
    head = next(index for index, line in enumerate(run.outlines) if "ERROR collecting order.jsonl" in line)
    assert run.outlines[head + 1] == says
    assert "short test summary" in run.outlines[head + 2]


def test_other_files_are_still_collected(shop: Shop) -> None:
    shop.write("bad.jsonl", [{"type": "nothing"}])
    shop.run("bad.jsonl", "order.jsonl", "--continue-on-collection-errors").assert_outcomes(passed=5, errors=1)


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        (["capsule_app = app.py"], []),
        (["capsule_app = app.py:app"], []),
        ([], ["--capsule-app=app.py"]),
        (["capsule_app = nowhere.py"], ["--capsule-app", "app.py"]),
    ],
)
def test_a_transcript_without_header_gets_its_app_from_the_settings(
    shop: Shop, settings: list[str], arguments: list[str]
) -> None:
    shop.write("order.jsonl", lines("milk", header=None))
    shop.ini(*settings)
    shop.run("order.jsonl", *arguments).assert_outcomes(passed=1)


def test_the_option_names_another_app_than_the_header_and_the_setting_does_not(shop: Shop) -> None:
    other = shop.path / "other.py"
    other.write_text(shop.app.read_text(encoding="utf-8").replace("added", "took"), encoding="utf-8")
    shop.ini("capsule_app = other.py")
    shop.run("order.jsonl").assert_outcomes(passed=5)
    shop.run("order.jsonl", "--capsule-app=other.py").assert_outcomes(failed=5)


def test_an_app_that_cannot_be_loaded_is_told_with_its_own_lines_once(shop: Shop) -> None:
    shop.change('"shop"', "shop_name")
    run = shop.run("order.jsonl")
    run.assert_outcomes(errors=5)
    head = next(index for index, line in enumerate(run.outlines) if "ERROR at setup of order.jsonl: turn 1" in line)
    assert run.outlines[head + 1 : head + 5] == [
        "app.py: importing it raised NameError.",
        "NameError: name 'shop_name' is not defined",
        "  app.py:3",
        "    app = cpsl.App(shop_name, image=cpsl.Image())",
    ]
    assert run.outlines[head + 6] == "not played, for the reason given above (AppLoadError)."
    assert run.stdout.str().count("NameError: name") == 1


def test_a_missing_attachment_is_named_with_its_line(shop: Shop) -> None:
    said = {"type": "user", "text": "see", "attachments": ["gone.txt"]}
    shop.write("order.jsonl", [lines()[0], said])
    run = shop.run("order.jsonl")
    run.assert_outcomes(errors=1)
    assert any(line.startswith("order.jsonl:2: ") and "gone.txt" in line for line in run.outlines)
