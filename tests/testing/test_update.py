"""``--capsule-update``."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import some_of
from tests.testing.conftest import THINGS, Shop, lines


def took(*numbers: int) -> list[str]:
    """The replies, those of some turns as the changed app gives them."""
    return [f"{n}: {'took' if n in numbers else 'added'} {text}" for n, text in enumerate(THINGS, 1)]


def told(run: pytest.RunResult) -> list[str]:
    """What the summary says about transcripts."""
    head = next((n for n, line in enumerate(run.outlines) if line.strip("= ") == "transcripts"), len(run.outlines))
    return [line for line in run.outlines[head + 1 : -1] if line]


def test_what_differs_is_written_and_nothing_else(shop: Shop) -> None:
    shop.change("added {message.text}", "{'took' if len(basket) in (2, 4) else 'added'} {message.text}")
    before = shop.order.read_text(encoding="utf-8").splitlines()
    run = shop.run("order.jsonl", "--capsule-update")
    assert run.ret == 0
    run.assert_outcomes(passed=5)
    assert told(run) == ["order.jsonl: updated 2 turns."]
    assert shop.replies() == took(2, 4)
    after = shop.order.read_text(encoding="utf-8").splitlines()
    assert [n for n, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new] == [5, 9]
    shop.run("order.jsonl").assert_outcomes(passed=5)


def test_a_file_that_matches_is_not_touched(shop: Shop) -> None:
    before = shop.order.stat()
    run = shop.run("order.jsonl", "--capsule-update")
    assert (run.ret, told(run)) == (0, [])
    assert (shop.order.stat().st_mtime_ns, shop.order.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("selected", [["order.jsonl::turn 2"], ["order.jsonl", "-k", "turn and 2"]])
def test_only_the_turns_that_were_selected_are_written(shop: Shop, selected: list[str]) -> None:
    shop.change("added", "took")
    run = shop.run(*selected, "--capsule-update")
    assert told(run) == ["order.jsonl: updated 1 turn."]
    assert shop.replies() == took(2)


def test_without_the_option_nothing_is_written(shop: Shop) -> None:
    before = shop.order.read_bytes()
    shop.change("added", "took")
    shop.run("order.jsonl").assert_outcomes(failed=5)
    assert shop.order.read_bytes() == before


FAILS = "    if message.text == 'bread':\n        raise ValueError('no bread')\n    await session.reply"


def test_a_turn_that_fails_is_refused_with_its_whole_file(shop: Shop) -> None:
    shop.change("    await session.reply", FAILS)
    shop.change("added", "took")
    shop.write("other.jsonl", lines("milk"))
    before = shop.order.read_bytes()
    run = shop.run("order.jsonl", "other.jsonl", "--capsule-update")
    run.assert_outcomes(passed=5, failed=1)
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert told(run)[:2] == [
        "order.jsonl: not updated: turn 3 must not be accepted; mend the app, or add --capsule-accept-errors.",
        "other.jsonl: updated 1 turn.",
    ]
    assert "ValueError: no bread" in run.stdout.str()
    assert shop.order.read_bytes() == before


def test_a_turn_that_fails_is_accepted_if_that_is_said(shop: Shop) -> None:
    shop.change("    await session.reply", FAILS)
    run = shop.run("order.jsonl", "--capsule-update", "--capsule-accept-errors")
    assert (run.ret, told(run)) == (0, ["order.jsonl: updated 1 turn."])
    shop.run("order.jsonl").assert_outcomes(passed=5)


def test_a_failure_that_is_only_passed_through_is_nobodys_business(shop: Shop) -> None:
    shop.change("    await session.reply", FAILS)
    shop.change("added", "took")
    run = shop.run("order.jsonl::turn 4", "--capsule-update")
    assert (run.ret, told(run)) == (0, ["order.jsonl: updated 1 turn."])
    assert shop.replies() == took(4)


def test_accepting_errors_needs_an_update(shop: Shop) -> None:
    run = shop.run("order.jsonl", "--capsule-accept-errors")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert "--capsule-accept-errors needs --capsule-update." in run.stderr.str()


MEDDLING = """\
def pytest_runtest_teardown(nextitem):
    if nextitem is None:
        with open("order.jsonl", "a") as file:
            file.write('{"type":"user","turn":6,"text":"jam"}\\n')
"""


def test_a_file_that_somebody_else_changes_meanwhile_is_left_to_them(shop: Shop) -> None:
    shop.change("added", "took")
    (shop.path / "conftest.py").write_text(MEDDLING, encoding="utf-8")
    run = shop.run("order.jsonl", "--capsule-update")
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert told(run) == ["order.jsonl: not updated: it changed while it was played; run it again."]
    assert shop.replies() == took()


def test_a_file_that_is_gone_is_an_error_of_one_line(shop: Shop) -> None:
    shop.change("added", "took")
    (shop.path / "conftest.py").write_text(
        "import os\n\ndef pytest_runtest_teardown(nextitem):\n    if not nextitem:\n        os.remove('order.jsonl')\n",
        encoding="utf-8",
    )
    run = shop.run("order.jsonl", "--capsule-update")
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert told(run) == ["order.jsonl: not updated: No such file or directory."]


def test_a_run_that_is_broken_off_writes_nothing(shop: Shop) -> None:
    shop.change("added", "took")
    shop.change('    print("heard", message.text)', "    if len(basket) == 3:\n        raise KeyboardInterrupt")
    before = shop.order.read_bytes()
    run = shop.process("order.jsonl", "--capsule-update")
    assert run.ret == pytest.ExitCode.INTERRUPTED
    assert "order.jsonl: not updated: the run was broken off." in run.outlines
    assert shop.order.read_bytes() == before


def test_ordinary_tests_decide_the_exit_code_as_ever(shop: Shop) -> None:
    shop.change("added", "took")
    (shop.path / "test_it.py").write_text("def test_it():\n    assert 0\n", encoding="utf-8")
    run = shop.run("order.jsonl", "test_it.py", "--capsule-update")
    run.assert_outcomes(passed=5, failed=1)
    assert shop.replies() == took(1, 2, 3, 4, 5)


@pytest.mark.parametrize("mode", some_of(["load", "loadgroup", "loadfile", "worksteal", "each"], 2))
def test_several_processes_lose_none_of_each_others_turns(shop: Shop, mode: str) -> None:
    shop.write("deep/other.jsonl", lines(*THINGS))
    shop.ini("capsule_transcripts = order.jsonl deep")
    shop.change("added", "took")
    distribution = ["--dist=each", "--tx=2*popen"] if mode == "each" else ["-n2", f"--dist={mode}"]
    run = shop.process("-p", "xdist", *distribution, "--capsule-update")
    assert run.ret == 0
    assert [line.strip() for line in told(run)[:2]] == [
        "deep/other.jsonl: updated 5 turns.",
        "order.jsonl: updated 5 turns.",
    ]
    assert shop.replies() == shop.replies(shop.path / "deep/other.jsonl") == took(1, 2, 3, 4, 5)


def outcome_of(run: pytest.RunResult) -> dict[str, Any]:
    return dict(run.parseoutcomes())


def test_turns_of_one_file_may_land_in_different_processes(shop: Shop) -> None:
    shop.change("added {message.text}", "added {message.text.replace('eggs', 'oats')}")
    (shop.path / "conftest.py").write_text(
        """\
import os

def pytest_runtest_logreport(report):
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and report.when == "call":
        with open(worker + ".txt", "a") as file:
            file.write(report.nodeid + "\\n")
""",
        encoding="utf-8",
    )
    run = shop.process("-n2", "--dist=load", "order.jsonl")
    assert outcome_of(run) == {"passed": 4, "failed": 1}
    workers = [file.read_text(encoding="utf-8").splitlines() for file in sorted(shop.path.glob("gw*.txt"))]
    assert len(workers) == 2
    assert sorted(name for names in workers for name in names) == [
        f"order.jsonl::turn {number}" for number in range(1, 6)
    ]
    assert shop.boots == 2


def test_grouped_by_file_each_is_played_in_one_process(shop: Shop) -> None:
    shop.write("other.jsonl", lines("milk", "eggs"))
    run = shop.process("-n2", "--dist=loadfile", "order.jsonl", "other.jsonl")
    assert outcome_of(run) == {"passed": 7}
    assert shop.boots == 2


def test_turns_are_marked_as_a_group_for_distribution_by_groups(shop: Shop) -> None:
    items, _ = shop.pytester.inline_genitems("order.jsonl", "--strict-markers")
    groups = [mark.kwargs for item in items for mark in item.iter_markers("xdist_group")]
    assert groups == [{"name": "order.jsonl"}] * 5


def test_without_xdist_there_is_no_mark_of_it(shop: Shop) -> None:
    shop.run("order.jsonl", "-p", "no:xdist", "--strict-markers").assert_outcomes(passed=5)
