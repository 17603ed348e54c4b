"""Turns of a transcript as tests."""

from __future__ import annotations

import pytest

from tests.cli.capsule import capsule
from tests.testing.conftest import THINGS, Shop, lines


def failures(run: pytest.RunResult) -> list[str]:
    """What is said about failing turns, without the headings."""
    text = run.stdout.str().partition("FAILURES")[2].partition("short test summary")[0]
    return [line for line in text.splitlines()[1:-1] if not line.startswith("___")]


def test_the_difference_is_told_as_replay_tells_it(shop: Shop) -> None:
    shop.change("added {message.text}", "added {message.text.replace('eggs', 'oats')}")
    shop.change(
        '    print("heard", message.text)\n', "    if message.text == 'tea':\n        raise ValueError('no tea')\n"
    )
    replayed = capsule("replay", "order.jsonl", cwd=shop.path).stdout.splitlines()
    run = shop.run("order.jsonl")
    run.assert_outcomes(passed=3, failed=2)
    assert failures(run) == replayed[:-1]
    assert failures(run)[:3] == ["order.jsonl:4: turn 2  > eggs", "  - 2: added [-eggs-]", "  + 2: added {+oats+}"]
    assert any("app.py:17 in on_message" in line for line in failures(run))


def test_a_turn_alone_plays_what_came_before_and_tells_only_of_itself(shop: Shop) -> None:
    shop.run("order.jsonl::turn 3").assert_outcomes(passed=1)
    shop.change("added", "took")
    run = shop.run("order.jsonl::turn 3", "--show-capture=no")
    run.assert_outcomes(failed=1)
    assert failures(run) == ["order.jsonl:6: turn 3  > bread", "  - 3: [-added-] bread", "  + 3: {+took+} bread"]


def test_a_turn_alone_plays_nothing_after_it(shop: Shop) -> None:
    shop.change("print(", "with open('heard.txt', 'a') as file:\n        file.write(message.text + ' ')\n    print(")
    shop.run("order.jsonl::turn 2").assert_outcomes(passed=1)
    assert (shop.path / "heard.txt").read_text(encoding="utf-8").split() == ["milk", "eggs"]


@pytest.mark.parametrize("arguments", [["order.jsonl"], ["order.jsonl::turn 2", "order.jsonl::turn 5"]])
def test_a_file_is_played_once(shop: Shop, arguments: list[str]) -> None:
    assert shop.run(*arguments).ret == 0
    assert shop.boots == 1


@pytest.mark.parametrize("backwards", [False, True])
def test_turns_in_any_order_are_played_in_theirs(shop: Shop, backwards: bool) -> None:
    shop.write("other.jsonl", lines(*THINGS))
    (shop.path / "conftest.py").write_text(
        f"def pytest_collection_modifyitems(items):\n    items.sort(key=lambda item: item.name, reverse={backwards})\n",
        encoding="utf-8",
    )
    shop.run("order.jsonl", "other.jsonl").assert_outcomes(passed=10)
    assert 2 <= shop.boots <= 4


def test_what_an_earlier_turn_captured_is_known_to_a_later_one(shop: Shop) -> None:
    shop.change("{len(basket)}: added", "{id(basket)} {len(basket)}:")
    shop.change("= session.data.setdefault", "= [] if message.text == 'forget' else session.data.setdefault")
    records = lines("milk", "eggs", "bread")
    for number, record in enumerate(records):
        if record["type"] == "reply":
            records[number] = {**record, "text": {"match": "regex", "value": "^{{mark}}"}}
    shop.change("{id(basket)}", "{'AB'[message.text == 'bread']}7")
    shop.write("order.jsonl", records)
    shop.run("order.jsonl::turn 2").assert_outcomes(passed=1)
    shop.run("order.jsonl::turn 3").assert_outcomes(failed=1)
    shop.run("order.jsonl").assert_outcomes(passed=2, failed=1)


def test_what_the_app_prints_is_shown_with_its_turn(shop: Shop) -> None:
    shop.change("    await session.reply", "    if message.text != 'eggs':\n        await session.reply")
    run = shop.run("order.jsonl")
    run.assert_outcomes(passed=4, failed=1)
    printed = run.stdout.str().partition("Captured stdout call")[2]
    assert printed.splitlines()[1] == "heard eggs"
    assert "heard milk" not in printed


OWN_TIME = """\
import random, time

state = random.getstate()

def pytest_runtest_logreport(report):
    assert 1e9 < report.start <= report.stop
    assert time.time() > 1e9
    assert random.getstate() == state
"""


def test_time_and_chance_are_the_files_in_turns_and_the_machines_elsewhere(shop: Shop) -> None:
    shop.change("import cpsl", "import datetime, random\nimport cpsl")
    shop.change("{len(basket)}: added {message.text}", "{datetime.date.today()} {random.random()}")
    shop.write("order.jsonl", lines("milk", "eggs"))
    (shop.path / "conftest.py").write_text(OWN_TIME, encoding="utf-8")
    shop.run("order.jsonl", "--capsule-update").assert_outcomes(passed=2)
    one, two = shop.replies()
    assert {reply.partition(" ")[0] for reply in (one, two)} == {"2001-01-01"}
    assert one != two
    shop.run("order.jsonl::turn 2").assert_outcomes(passed=1)


def test_a_hook_that_fails_at_the_end_is_an_error_of_the_last_turn(shop: Shop) -> None:
    shop.change("@app.message()", "@app.shutdown()\nasync def down():\n    raise OSError('stuck')\n\n\n@app.message()")
    run = shop.run("order.jsonl")
    run.assert_outcomes(passed=5, errors=1)
    run.stdout.fnmatch_lines(["*ERROR at teardown of order.jsonl: turn 5*", "shutdown raised OSError: stuck"])
    run.stdout.fnmatch_lines(["  app.py:14 in down"])
    assert "cpsl/testing" not in run.stdout.str()


def test_a_boot_that_fails_is_told_with_its_own_lines(shop: Shop) -> None:
    shop.change('    with open("boots.txt", "a") as file:', "    raise ValueError('no disk')\n    if file := 0:")
    run = shop.run("order.jsonl")
    run.assert_outcomes(errors=5)
    run.stdout.fnmatch_lines(["boot raised ValueError: no disk", "ValueError: no disk", "  app.py:8 in boot"])


def test_ctrl_c_in_a_handler_ends_the_run(shop: Shop) -> None:
    shop.change('    print("heard", message.text)', "    if len(basket) == 2:\n        raise KeyboardInterrupt")
    run = shop.process("order.jsonl")
    assert run.ret == pytest.ExitCode.INTERRUPTED
    run.assert_outcomes(passed=1)


def test_a_forgotten_task_that_exits_ends_nothing(shop: Shop) -> None:
    shop.change("import cpsl", "import asyncio, sys\nimport cpsl")
    shop.change("    print(", "    asyncio.ensure_future(leave())\n    await asyncio.sleep(0)\n    print(")
    shop.change("@app.boot()", "async def leave():\n    sys.exit(3)\n\n\n@app.boot()")
    shop.run("order.jsonl").assert_outcomes(passed=5)


def test_pytest_stops_at_the_first_difference_if_asked(shop: Shop) -> None:
    shop.change("added", "took")
    shop.run("order.jsonl", "-x").assert_outcomes(failed=1)


def test_the_last_failures_can_be_run_again(shop: Shop) -> None:
    shop.change("added {message.text}", "added {message.text.replace('eggs', 'oats')}")
    shop.run("order.jsonl").assert_outcomes(passed=4, failed=1)
    shop.run("order.jsonl", "--lf").assert_outcomes(failed=1, deselected=4)


def test_a_report_file_holds_the_difference(shop: Shop) -> None:
    shop.change("added", "took")
    shop.run("order.jsonl", "--junit-xml=out.xml")
    report = (shop.path / "out.xml").read_text(encoding="utf-8")
    assert 'name="turn 3"' in report
    assert "order.jsonl:6: turn 3  &gt; bread" in report


def test_a_turn_that_is_run_again_runs_the_app_again(shop: Shop) -> None:
    shop.change(
        "    await session.reply",
        '    if __import__("os").path.getsize("boots.txt") == 5:\n        return\n    await session.reply',
    )
    shop.run("order.jsonl::turn 2", "--reruns", "2").assert_outcomes(passed=1)
    assert shop.boots == 2
    assert shop.replies()[1] == "2: added eggs"


def test_a_turn_that_matches_when_it_is_run_again_is_not_updated(shop: Shop) -> None:
    before = shop.order.read_bytes()
    shop.change(
        "    await session.reply",
        '    if __import__("os").path.getsize("boots.txt") == 5:\n        raise ValueError\n    await session.reply',
    )
    result = shop.run("order.jsonl::turn 2", "--reruns", "2", "--capsule-update")
    result.assert_outcomes(passed=1)
    assert shop.order.read_bytes() == before


def test_refusals_name_files_from_here(shop: Shop) -> None:
    said = lines("milk")
    shop.write("talks/out.jsonl", [said[0], {**said[1], "attachments": ["../x"]}])
    slow = {"type": "reply", "text": {"match": "regex", "value": "(m|mm)+$"}}
    shop.write("talks/slow.jsonl", [said[0], {**said[1], "text": "m" * 60 + "!"}, slow])
    shop.write("talks/app.jsonl", [{**said[0], "app": "json:app"}, said[1]])
    shop.write("talks/merge.jsonl", said)
    (shop.path / "talks" / "merge.jsonl").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    found = shop.run("talks/out.jsonl", "talks/slow.jsonl")
    found.assert_outcomes(errors=1, failed=1)
    found.stdout.fnmatch_lines(["talks/out.jsonl:2: '../x' lies outside of the transcript's folder; copy the file *"])
    found.stdout.fnmatch_lines(["talks/slow.jsonl:3: the pattern '(m|mm)+$' was given up after *"])
    found = shop.run("talks/app.jsonl", "talks/merge.jsonl")
    found.stdout.fnmatch_lines(
        ["talks/app.jsonl:1: its header names the app 'json:app', which is not in this project*"]
    )
    found.stdout.fnmatch_lines(["talks/merge.jsonl:1: a mark of a merge conflict (<<<<<<<): merge the file*"])
    assert str(shop.path) + "/talks" not in found.stdout.str()


def test_the_library_that_holds_the_time_is_named(shop: Shop) -> None:
    shop.pytester.makepyfile(
        test_held="""
        import datetime
        import freezegun

        @freezegun.freeze_time("2011-11-11")
        async def test_inside(capsule):
            await capsule("app.py").session("bob").send("milk")

        async def test_booted_before(capsule):
            bob = capsule("app.py").session("bob")
            await bob.send("milk")
            with freezegun.freeze_time("2011-11-11"):
                await bob.send("eggs")
                assert datetime.date.today().year == 2011

        def test_nothing_is_left():
            assert datetime.datetime.now().year > 2020
            assert datetime.datetime.__name__ == "datetime"
        """
    )
    found = shop.run("-p", "no:cacheprovider", "test_held.py")
    found.assert_outcomes(passed=2, failed=1)
    found.stdout.fnmatch_lines(["*freezegun holds the time, and so this test's clock cannot*"])
