"""The public names of ``cpsl``, frozen: adding one is a decision, losing one a break."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cpsl

NAMES = """
API AWS App Attachment Block Channel ChannelRef Chat CollectionManager CollectionRef Column DynamicCollection
FileSystem FileUpload FileUploadTimeout GitHub Gmail HomeContext RequestContext
Google GoogleCalendar GoogleDrive INTEGRATION_AWS INTEGRATION_GCAL INTEGRATION_GDRIVE INTEGRATION_GITHUB
INTEGRATION_GMAIL INTEGRATION_GOOGLE INTEGRATION_LINEAR INTEGRATION_OUTLOOK INTEGRATION_TAILSCALE Image Integration
IntegrationConfig IntegrationCredentials IntegrationDeclined IntegrationTimeout Linear Message Outlook PRESETS
PRICING_MONTHLY PRICING_ONE_TIME PageRef Pipedream PresetName PricingType Radius ReplyStream Secret Session
SessionChannel Slack Suggestion Tailscale Telegram Theme UserInfo WhatsApp WorkflowInput __version__ current_session
file resolve_theme ui
""".split()  # noqa: SIM905 - a list of sixty names, to be read

TREE = ast.parse(Path(cpsl.__file__).read_text(encoding="utf-8"))


def test_the_public_names_are_these() -> None:
    assert sorted(cpsl.__all__) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_had_from_the_package(name: str) -> None:
    assert getattr(cpsl, name) is not None
    assert name in dir(cpsl)


def test_type_checkers_and_the_running_program_see_the_same_names() -> None:
    seen_by_type_checkers = {
        alias.asname for node in ast.walk(TREE) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert seen_by_type_checkers - {None} == set(NAMES)


def test_a_lazy_name_is_looked_for_where_type_checkers_find_it() -> None:
    branch = next(node for node in TREE.body if isinstance(node, ast.If))
    imported = {
        alias.name: node.module
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name != "ui"
    }
    assert vars(cpsl)["_HOMES"] == imported


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'cpsl' has no attribute 'Secrt'"):
        cpsl.Secrt  # type: ignore[attr-defined]  # noqa: B018


def test_a_star_import_brings_exactly_these_names() -> None:
    code = "from cpsl import *; print(*sorted(name for name in dir() if name != '__version__' and name[:2] != '__'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == sorted(name for name in NAMES if name != "__version__")
