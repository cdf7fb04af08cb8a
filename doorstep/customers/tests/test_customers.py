from __future__ import annotations

from datetime import UTC, datetime

import pytest

from doorstep.base import outbox
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.refusals import Refused
from doorstep.customers import actions, events, queries, rules
from doorstep.customers.values import CustomerDraft, Person

CTX = Ctx(41, SYSTEM, datetime(2026, 11, 1, tzinfo=UTC), "test")
pytestmark = pytest.mark.django_db


def test_a_customer_is_found_by_any_part_of_a_korean_name_an_address_or_a_phone() -> None:
    (kim,) = actions.match(CTX, people=[Person("김서연", "seoyeon@shop.kr", "010-9876-5432", country="KR")])
    actions.match(CTX, people=[Person("이준호", "junho@shop.kr")])
    phones = ("98765432", "0109876", "010-9876-5432", "010 9876", "+82 10-9876-5432")
    for query in ("서연", "김", "seoy", *phones, "김서연 shop", "ＳＥＯＹＥＯＮ"):
        assert [row.id for row in queries.list_customers(CTX, query=query)] == [kim], query
    for query in ("연서", "%", "_", "zz"):
        assert queries.list_customers(CTX, query=query) == [], query


def test_the_list_pages_by_id_newest_first() -> None:
    ids = actions.match(CTX, people=[Person(f"P{n}") for n in range(5)])
    first = queries.list_customers(CTX, limit=2)
    second = queries.list_customers(CTX, limit=2, before=first[-1].id)
    assert [row.id for row in first + second] == sorted(ids, reverse=True)[:4]


def test_an_edit_moves_the_version_and_tells_what_was_before() -> None:
    (one,) = actions.match(CTX, people=[Person("Ann", "ann@x.org")])
    version = actions.edit_customer(CTX, customer_id=one, version=1, customer=CustomerDraft("Anne", "anne@x.org"))
    assert version == 2
    assert queries.find_by_identity(CTX, kind="email", value="anne@x.org") == one
    told = outbox.timeline(CTX, of=[f"customer:{one}"])[0]
    assert (told.type, told.data["before"]) == (events.CUSTOMER_EDITED, {"name": "Ann", "email": "ann@x.org"})


def test_an_edit_of_an_old_version_is_refused_and_moves_nothing() -> None:
    (one,) = actions.match(CTX, people=[Person("Ann", "ann@x.org")])
    actions.edit_customer(CTX, customer_id=one, version=1, customer=CustomerDraft("Anne", "ann@x.org"))
    with pytest.raises(Refused) as refused:
        actions.edit_customer(CTX, customer_id=one, version=1, customer=CustomerDraft("Bob", "bob@x.org"))
    assert refused.value.code == "changed_meanwhile"
    assert queries.get(CTX, customer_id=one).name == "Anne"
    assert queries.find_by_identity(CTX, kind="email", value="bob@x.org") is None


def test_an_address_of_somebody_else_is_refused() -> None:
    one, _ = actions.match(CTX, people=[Person("Ann", "ann@x.org"), Person("Bob", "bob@x.org")])
    with pytest.raises(Refused) as refused:
        actions.edit_customer(CTX, customer_id=one, version=1, customer=CustomerDraft("Ann", "BOB@x.org"))
    assert refused.value.code == "customer_email_taken"
    assert queries.get(CTX, customer_id=one).email == "ann@x.org"


def test_a_stranger_sees_no_customer() -> None:
    (one,) = actions.match(CTX, people=[Person("Ann", "ann@x.org")])
    stranger = Ctx(99, SYSTEM, CTX.now, "test")
    with pytest.raises(Refused) as refused:
        queries.get(stranger, customer_id=one)
    assert refused.value.code == "not_found"
    with pytest.raises(Refused):
        actions.note(stranger, customer_id=one, note="mine")
    assert queries.get(CTX, customer_id=one).note == ""


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("010-1234-5678", "KR", "+821012345678"),
        ("+44 20 7946 0958", "", "+442079460958"),
        ("12", "KR", "12"),
        ("call me", "US", "call me"),
        ("", "KR", ""),
    ],
)
def test_phones_are_kept_in_e164_where_they_are_valid(typed: str, country: str, kept: str) -> None:
    assert rules.normalise_phone(typed, country) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" Kim@X.KR ", "kim@x.kr"), ("ｋｉｍ@x.kr", "kim@x.kr"), ("kim", ""), ("a b@x.kr", ""), ("a@b" + "x" * 300, "")],
)
def test_addresses_are_folded_and_what_is_none_is_left_out(typed: str, kept: str) -> None:
    assert rules.normalise_email(typed) == kept


def test_nul_bytes_and_overlong_values_reach_no_column() -> None:
    person = Person("a\x00" + "b" * 300, "k\x00@x.kr", identities=(("shop:1", "x" * 5000),))
    (one,) = actions.match(CTX, people=[person])
    row = queries.get(CTX, customer_id=one)
    assert "\x00" not in row.name
    assert len(row.name) == 200
    assert actions.match(CTX, people=[person]) == [one]
