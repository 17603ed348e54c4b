"""What the plugin costs and does where nobody uses it."""

from __future__ import annotations

import sys

import pytest

from tests.testing.conftest import Shop

PLAIN = """\
import sys

def test_it():
    print("LOADED", *sorted(sys.modules))
"""


@pytest.fixture
def plain(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project that has never heard of this package."""
    pytester.makepyfile(test_plain=PLAIN)
    return pytester


def test_a_run_that_uses_none_of_it_loads_next_to_nothing(
    plain: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    loaded = []
    for arguments in ([], ["-p", "cpsl.testing.plugin"]):
        run = plain.runpytest_subprocess("-s", *arguments)
        run.assert_outcomes(passed=1)
        (line,) = (line for line in run.outlines if "LOADED" in line)
        loaded.append(set(line.split()))
    assert loaded[1] - loaded[0] == {"cpsl", "cpsl._version", "cpsl.testing", "cpsl.testing.plugin"}


def test_the_installed_plugin_is_the_one_that_is_found(plain: pytest.Pytester) -> None:
    found = plain.runpytest_subprocess("--co", "-q", "--help").stdout.str()
    assert "--capsule-update" in found
    assert "capsule_transcripts" in found


def test_strict_projects_and_warnings_as_errors_are_none_of_its_business(plain: pytest.Pytester) -> None:
    plain.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers --strict-config\n")
    plain.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_strict_project_with_warnings_as_errors_can_use_it_all(shop: Shop) -> None:
    shop.ini("filterwarnings = error", "addopts = --strict-markers --strict-config", "capsule_transcripts = *.jsonl")
    (shop.path / "test_it.py").write_text(
        """\
async def test_capsule(capsule):
    assert (await capsule("app.py").session("bob").send("milk")).text == "1: added milk"

async def test_simulator(simulator):
    assert (await (await simulator("app.py")).chat().send("milk")).text == "1: added milk"
""",
        encoding="utf-8",
    )
    shop.process().assert_outcomes(passed=7)


def test_it_can_be_switched_off(shop: Shop) -> None:
    (shop.path / "test_plain.py").write_text(PLAIN, encoding="utf-8")
    shop.process("-p", "no:capsule").assert_outcomes(passed=1)
    run = shop.process("-p", "no:capsule", "--capsule-update")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    assert "--capsule-update" in run.stderr.str()


def test_without_anyios_plugin_it_runs_as_well(shop: Shop) -> None:
    (shop.path / "test_it.py").write_text(
        "async def test_it(capsule):\n    assert (await capsule('app.py').session().send('tea')).replies\n",
        encoding="utf-8",
    )
    shop.process("-p", "no:anyio", "order.jsonl", "test_it.py").assert_outcomes(passed=6)


def test_the_names_of_the_package_are_there_and_lazy() -> None:
    import cpsl.testing as package

    assert {name for name in package.__all__ if getattr(package, name, None) is None} == set()
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="no attribute 'Simulatr'"):
        package.Simulatr  # type: ignore[attr-defined]  # noqa: B018
    assert sys.modules["cpsl.testing.simulator"].Simulator is package.Simulator
