"""``capsule data``: a data handler's answer on stdout (behaviour.md §18)."""

import json

from tests.db.conftest import Shop


def test_its_json_is_the_only_thing_on_stdout(shop: Shop) -> None:
    done = shop.capsule("data", "app.py", "totals", "status=done")
    assert (done.code, done.stderr) == (0, "noise\n")
    assert json.loads(done.stdout) == {"orders": shop.rows("find", "orders", "status=done"), "name": "Zoë"}
    assert done.stdout.count(b"\n") == 1


def test_a_guest_is_not_signed_in(shop: Shop) -> None:
    done = shop.capsule("data", "app.py", "totals", "--guest")
    assert (done.code, done.stdout, done.stderr) == (1, b'{"error":"authentication_required"}\n', "")


def test_an_unknown_name_is_told_with_the_nearest(shop: Shop) -> None:
    done = shop.capsule("data", "app.py", "totls")
    assert (done.code, done.stdout) == (1, b"")
    assert done.stderr == "capsule: the app has no data handler 'totls'. Did you mean totals?\n"


def test_a_raising_handler_shows_its_line(shop: Shop) -> None:
    done = shop.capsule("data", "app.py", "crash")
    assert (done.code, done.stdout) == (1, b"")
    assert "ValueError: no way\n  app.py:" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in shop.capsule("data", "app.py", "crash", "--traceback").stderr
    assert shop.capsule("data", "app.py", "crash", "kind=exit").code == 1


def test_unknown_parameters_and_bad_words_are_refused(shop: Shop) -> None:
    assert shop.capsule("data", "app.py", "totals", "nope=1").code == 1
    done = shop.capsule("data", "app.py", "totals", "nope")
    assert (done.code, done.stderr) == (2, "capsule: 'nope' is no parameter: write key=value.\n")


def test_an_app_that_cannot_be_loaded_is_exit_3(shop: Shop) -> None:
    shop.write("broken.py", "import cpsl\n1 / 0\n")
    assert shop.capsule("data", "broken.py", "totals").code == 3
    assert shop.capsule("data", "nope.py", "totals").code == 3
