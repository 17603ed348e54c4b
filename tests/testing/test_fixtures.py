"""The fixtures ``capsule`` and ``simulator`` (testing.md)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from pathlib import Path

import pytest

import cpsl
from cpsl.errors import AppLoadError, BootError
from cpsl.testing import Capsule, Simulator, SimulatorStarter
from tests.signatures import signature_text
from tests.testing.conftest import Shop

HERE = Path(__file__).parent
NOTEBOOK = "examples/notebook/app.py"


def _today() -> str:
    return datetime.now(timezone.utc).date().isoformat()


@pytest.fixture
def told(app: cpsl.App) -> list[str]:
    """What happens to an app, in order."""
    told: list[str] = []

    async def hook(name: str) -> None:
        told.append(name)

    @app.boot()
    async def boot() -> None:
        await hook("boot")

    @app.exit()
    async def leave(session: cpsl.Session) -> None:
        await hook("exit")

    @app.shutdown()
    async def shutdown() -> None:
        await hook("shutdown")

    @app.message()
    async def on_message(session: cpsl.Session, message: cpsl.Message) -> None:
        told.append(message.text)
        session.data["today"] = _today()
        await session.notify(f"hearing {message.text}")
        await session.reply(f"{session.user.id}: {message.text}")

    return told


async def test_a_person_talks_to_an_app(capsule: Capsule, app: cpsl.App, told: list[str]) -> None:
    bob = capsule(app).session("bob", org="acme")
    reply = await bob.send("hi")
    assert (reply.text, reply.notices) == ("bob: hi", ["hearing hi"])
    await bob.send("again")
    assert bob.notifies == ["hearing hi", "hearing again"]
    assert [message.text for message in bob.history] == ["hi", "bob: hi", "again", "bob: again"]
    assert bob.session_id == capsule(app).session("bob").session_id != capsule(app).session("ann").session_id


async def test_an_app_boots_when_somebody_talks_to_it(capsule: Capsule, app: cpsl.App, told: list[str]) -> None:
    bob = capsule(app).session("bob")
    assert (bob.data, bob.history, bob.notifies, told) == ({}, [], [], [])
    await bob.send("hi")
    assert told == ["boot", "hi"]


async def test_it_boots_once_for_all_who_talk_at_the_same_time(
    capsule: Capsule, app: cpsl.App, told: list[str]
) -> None:
    people = [capsule(app).session(name) for name in ("ann", "bob", "eve")]
    await asyncio.gather(*(person.send("hi") for person in people))
    assert told == ["boot", "hi", "hi", "hi"]


async def test_one_clock_shows_the_time_to_the_app_and_the_test(
    capsule: Capsule, app: cpsl.App, told: list[str]
) -> None:
    capsule.clock.set("2001-01-01")
    bob = capsule(app).session("bob")
    await bob.send("hi")
    assert bob.data == {"today": "2001-01-01"}
    capsule.clock.advance("1d")
    assert datetime.now(timezone.utc) == datetime(2001, 1, 2, tzinfo=timezone.utc)
    await bob.send("hi")
    assert bob.data == {"today": "2001-01-02"}


async def test_several_apps_share_the_clock(capsule: Capsule, app: cpsl.App, told: list[str]) -> None:
    capsule.clock.set("2001-01-01")
    bob = capsule(app).session("bob")
    await bob.send("hi")
    assert (await capsule(NOTEBOOK).session("bob").send("notes")).text.startswith("No notes yet")
    capsule.clock.advance("36h")
    assert datetime.now(timezone.utc).isoformat() == "2001-01-02T12:00:00+00:00"
    await bob.send("hi")
    assert bob.data == {"today": "2001-01-02"}


async def test_a_store_and_a_seed_are_given_the_first_time(capsule: Capsule, app: cpsl.App, tmp_path: Path) -> None:
    await capsule(NOTEBOOK, store=tmp_path / "x.db", seed=7).session().send("remember milk")
    assert (tmp_path / "x.db").exists()
    assert capsule(NOTEBOOK).session().data == {"notes": ["milk"]}
    with pytest.raises(ValueError, match="part of this test already"):
        capsule(NOTEBOOK, seed=8)


async def test_data_handlers_answer(capsule: Capsule) -> None:
    crm = capsule("examples/crm/app.py")
    assert (await crm.data("lead_metrics", user="ann", org="acme"))["total"] == 0
    await crm.session("ann", org="acme").send("add Acme ops@acme.test 1200")
    assert (await crm.data("lead_metrics", user="ann", org="acme", status="new"))["value"] == 1200


def test_a_file_is_looked_for_beside_the_test_and_in_the_rootdir(capsule: Capsule, pytestconfig: pytest.Config) -> None:
    capsule(NOTEBOOK)
    for missing in ("nowhere.py", "nowhere.py:app", "app.py"):
        with pytest.raises(AppLoadError) as caught:
            capsule(missing)
        place = missing.partition(":")[0]
        assert str(caught.value) == f"{place}: there is no such file in {HERE} and {pytestconfig.rootpath}."


async def test_an_app_that_does_not_boot_says_so_each_time(capsule: Capsule, app: cpsl.App) -> None:
    @app.boot()
    async def boot() -> None:
        raise ValueError("no disk")

    capsule.clock.set("2001-01-01")
    for _ in range(2):
        with pytest.raises(BootError, match="no disk"):
            await capsule(app).session().send("hi")
    assert _today() > "2020"


async def test_a_simulator_is_awaited_or_entered(
    simulator: SimulatorStarter, app: cpsl.App, told: list[str], tmp_path: Path
) -> None:
    sim = await simulator(app, clock="2001-01-01", seed=3)
    assert (await sim.chat("ann").send("hi")).text == "ann: hi"
    async with simulator(NOTEBOOK, store=tmp_path / "x.db", clock="2002-01-01") as other:
        await other.chat().send("remember milk")
        assert _today() == "2002-01-01"
    assert _today() == "2001-01-01"
    async with simulator(NOTEBOOK, store=tmp_path / "x.db") as other:
        assert (await other.chat().send("notes")).text == "1. milk"
    assert told == ["boot", "hi"]


HOOKS = """
@app.exit()
async def leave(session):
    print("exit", asyncio.get_running_loop() is loops[0])

@app.shutdown()
async def shutdown():
    print("shutdown", asyncio.get_running_loop() is loops[0])
"""

TEST = """\
async def test_it(capsule):
    assert (await capsule("app.py").session().send("tea")).text == "1: added tea"
    print("test")
"""


@pytest.fixture
def hooked(shop: Shop) -> Shop:
    """The shop, which says on which loop it leaves."""
    shop.change("import cpsl\n", "import asyncio\nimport cpsl\n\nloops = []\n")
    shop.change("    with open(", "    loops.append(asyncio.get_running_loop())\n    with open(")
    shop.change("\n\n@app.message()", HOOKS + "\n\n@app.message()")
    return shop


OTHER_RUNNER = """\
import asyncio, inspect
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        names = inspect.signature(pyfuncitem.obj).parameters
        asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
        return True
"""


@pytest.mark.parametrize(
    ("conftest", "arguments", "head"),
    [
        ("", [], ""),
        ("", ["-p", "no:anyio"], ""),
        ("", ["--anyio-mode=auto"], ""),
        ("", [], "import pytest\n\npytestmark = pytest.mark.anyio\n\n\n"),
        (OTHER_RUNNER, [], ""),
    ],
    ids=["nothing", "no anyio", "anyio for all", "anyio for these", "another plugin"],
)
def test_an_app_lives_and_ends_on_the_loop_of_whoever_runs_the_test(
    hooked: Shop, conftest: str, arguments: list[str], head: str
) -> None:
    (hooked.path / "conftest.py").write_text(conftest, encoding="utf-8")
    (hooked.path / "test_it.py").write_text(head + TEST, encoding="utf-8")
    run = hooked.run("-s", "-W", "error", *arguments)
    run.assert_outcomes(passed=1)
    said = [line for line in run.stdout.str().split("\n") if line.split()[:1] in (["test"], ["exit"], ["shutdown"])]
    assert said == ["test", "exit True", "shutdown True"]


def test_a_fixture_of_ones_own_may_talk_first(hooked: Shop) -> None:
    (hooked.path / "test_it.py").write_text(
        """\
import time
import pytest

@pytest.fixture
async def bob(capsule):
    capsule.clock.set("2001-01-01")
    bob = capsule("app.py").session("bob")
    await bob.send("milk")
    yield bob
    assert time.gmtime().tm_year != 2001
    with pytest.raises(RuntimeError, match="The test is over"):
        await bob.send("tea")

async def test_it(bob):
    assert time.gmtime().tm_year == 2001
    assert (await bob.send("eggs")).text == "2: added eggs"

def test_other():
    assert time.gmtime().tm_year != 2001
""",
        encoding="utf-8",
    )
    (hooked.path / "conftest.py").write_text(
        """\
import time

def pytest_runtest_logreport(report):
    assert 1e9 < report.start <= report.stop
""",
        encoding="utf-8",
    )
    hooked.run("--anyio-mode=auto", "-W", "error").assert_outcomes(passed=2)


STUCK = """

@app.shutdown()
async def down():
    raise ValueError("stuck")


@app.message()"""


def test_a_hook_that_fails_at_the_end_is_an_error_beside_the_test(shop: Shop) -> None:
    shop.change(
        "\n\n@app.message()",
        "\n\n@app.shutdown()\nasync def down():\n    raise ValueError('stuck')\n\n\n@app.message()",
    )
    (shop.path / "test_it.py").write_text(TEST + "\n\ndef test_after():\n    pass\n", encoding="utf-8")
    run = shop.run()
    run.assert_outcomes(passed=2, errors=1)
    run.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_it*",
            "shutdown raised ValueError: stuck",
            "ValueError: stuck",
            "  app.py:*in down",
        ]
    )
    assert "cpsl/testing" not in run.stdout.str()


def test_a_test_that_fails_shuts_its_app_down_too(hooked: Shop) -> None:
    (hooked.path / "test_it.py").write_text(TEST + "    assert 0\n", encoding="utf-8")
    run = hooked.run("-s")
    run.assert_outcomes(failed=1)
    assert "shutdown True" in run.outlines


def test_a_test_that_runs_a_loop_of_its_own_leaves_nothing_open(hooked: Shop) -> None:
    (hooked.path / "test_it.py").write_text(
        """\
import asyncio, time

def test_it(capsule):
    capsule.clock.set("2001-01-01")
    reply = asyncio.run(capsule("app.py").session().send("tea"))
    assert reply.text == "1: added tea"

def test_after():
    assert time.gmtime().tm_year != 2001
""",
        encoding="utf-8",
    )
    run = hooked.run("-s", "-W", "error")
    run.assert_outcomes(passed=2)
    run.stdout.fnmatch_lines(["*exit False", "shutdown False"])


def test_an_app_beside_the_test_is_nearer_than_one_in_the_rootdir(shop: Shop) -> None:
    deep = shop.path / "tests"
    deep.mkdir()
    (deep / "test_it.py").write_text(TEST, encoding="utf-8")
    shop.run("tests", f"--rootdir={shop.path}").assert_outcomes(passed=1)
    (deep / "app.py").write_text(shop.app.read_text(encoding="utf-8").replace("added", "took"), encoding="utf-8")
    shop.run("tests", f"--rootdir={shop.path}").assert_outcomes(failed=1)


def test_tests_know_nothing_of_each_other_in_any_number_of_processes(shop: Shop) -> None:
    (shop.path / "test_it.py").write_text(
        "import pytest\n\npytestmark = pytest.mark.parametrize('n', range(6))\n\n\n"
        + TEST.replace("(capsule)", "(capsule, n)"),
        encoding="utf-8",
    )
    shop.process("-n2").assert_outcomes(passed=6)
    shop.run().assert_outcomes(passed=6)


def test_a_simulator_is_started_with_what_a_simulator_takes() -> None:
    parameters = signature_text(SimulatorStarter.__call__).replace("(self, ", "(")
    assert parameters == signature_text(Simulator)
