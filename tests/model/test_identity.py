from __future__ import annotations

import pytest

import cpsl
from tests.signatures import signature_text


def test_the_identity_has_the_hosted_signatures() -> None:
    assert signature_text(cpsl.UserInfo) == "(id, email=None, org_id=None)"
    assert signature_text(cpsl.SessionChannel) == "(type)"


@pytest.mark.parametrize(
    ("org", "owner", "member"),
    [(None, "ann", False), ("", "ann", False), ("acme", "org:acme", True), ("org:acme", "org:acme", True)],
)
def test_records_of_a_member_belong_to_the_organisation(org: str | None, owner: str, member: bool) -> None:
    user = cpsl.UserInfo("ann", "ann@x.test", org)
    assert user.owner_id == owner
    assert user.is_org_member is member


@pytest.mark.parametrize(
    ("person", "owner"),
    [("org:acme", "user:org:acme"), ("user:org:acme", "user:user:org:acme"), ("user:ann", "user:ann"), ("org", "org")],
)
def test_no_person_is_taken_for_an_organisation(person: str, owner: str) -> None:
    assert cpsl.UserInfo(person).owner_id == owner
    assert cpsl.UserInfo.org_id_from_owner_id(owner) is None
    assert cpsl.UserInfo(person, org_id="acme").owner_id == "org:acme"


@pytest.mark.parametrize(
    ("owner", "org"), [("org:acme", "acme"), ("ann", None), ("", None), (None, None), ("org:", "")]
)
def test_an_owner_id_tells_its_organisation(owner: str | None, org: str | None) -> None:
    assert cpsl.UserInfo.org_id_from_owner_id(owner) == org
