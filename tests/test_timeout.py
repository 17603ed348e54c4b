"""A test that hangs is ended, told with its stack, and takes no other test along."""

from __future__ import annotations

import pytest

HANGING = """
import subprocess, sys, threading

def test_a_process_that_never_ends():
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        try:
            wait_for_it(process)
        finally:
            process.kill()

def wait_for_it(process):
    process.wait()

def test_a_lock_that_nobody_releases():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def test_another():
    pass
"""


def test_a_hanging_test_fails_with_its_stack_and_the_others_go_on(
    pytester: pytest.Pytester, pytestconfig: pytest.Config
) -> None:
    assert float(pytestconfig.getini("timeout")) >= 120
    pytester.makepyfile(test_hanging=HANGING)
    method = pytestconfig.getini("timeout_method")
    told = pytester.runpytest_subprocess("-n", "1", "-o", "timeout=0.5", "-o", f"timeout_method={method}")
    told.assert_outcomes(passed=1, failed=2)
    told.stdout.fnmatch_lines_random(
        ["*process.wait()*", "*in wait_for_it*", "*    lock.acquire()", "*Failed: Timeout (>0.5s) from pytest-timeout*"]
    )
