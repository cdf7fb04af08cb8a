"""Two customers who are one person become one, and two again, without anything lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.customers import actions as customers
from doorstep.customers import merges, queries
from doorstep.customers.models import Customer
from doorstep.customers.values import CustomerDraft
from doorstep.flows import intake, merge_customers, refund_returns, reship
from doorstep.flows.reship import Reship
from doorstep.orders import people
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import Buyer, OrderDraft
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.returns import queries as returns
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, together
from tests.giving_back import back, exchange_of, shirts, swap
from tests.mails import bring, mail
from tests.returning import arrived, ask, leave, wish

OWN = {"customers.Merge.keep", "customers.Merge.gone", "customers.Customer.merged_into"}


@pytest.fixture
def brand(db: None) -> Brand:
    return make_brand()


def sound() -> None:
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def known_as(brand: Brand, email: str) -> int:
    found = queries.find_by_identity(brand.ctx, kind="email", value=email)
    assert found is not None
    return found


def two(brand: Brand) -> tuple[int, int]:
    """Somebody who bought under two addresses."""
    place(brand.ctx, draft(email="a@example.com"), draft(email="b@example.com"), draft(email="b@example.com"))
    return known_as(brand, "a@example.com"), known_as(brand, "b@example.com")


def merge(brand: Brand, keep: int, gone: int) -> int:
    rows = queries.by_id(brand.ctx, ids=[keep, gone])
    return merge_customers.merge(
        brand.ctx, keep_id=keep, gone_id=gone, keep_version=rows[keep].version, gone_version=rows[gone].version
    ).id


def send_again(brand: Brand, order_id: int) -> int:
    [line] = orders.lines_of(brand.ctx, order_ids=[order_id])
    sent = reship.apply(brand.ctx, order_id=order_id, reship=Reship({line.id: 1}, "lost"), key="k")
    drain()
    return sent.order.order.id


def bought(brand: Brand, id: int) -> int:
    return len(orders.list_orders(brand.ctx, where=OrderFilter(customer_id=id)))


def everything() -> dict[str, list[Any]]:
    """Every row that says whose something is; when it last changed does not count."""
    people = [
        {k: v for k, v in line.items() if k not in ("updated_at", "version")}
        for line in db.dicts("SELECT * FROM customers_customer ORDER BY id")
    ]
    return {
        "customers": people,
        "identities": db.dicts("SELECT * FROM customers_identity ORDER BY id"),
        "orders": db.dicts("SELECT id, customer_id, customer_name, email FROM orders_order ORDER BY id"),
        "cancelled": db.dicts("SELECT * FROM orders_cancelledline ORDER BY id"),
        "returns": db.dicts("SELECT id, customer_id FROM returns_return ORDER BY id"),
        "credits": db.dicts("SELECT * FROM payments_credit ORDER BY id"),
        "conversations": db.dicts("SELECT id, customer_id, order_id FROM inbox_conversation ORDER BY id"),
    }


def test_every_room_that_refers_to_customers_has_a_mover() -> None:
    fields = [f for model in apps.get_models() for f in model._meta.local_fields if isinstance(f, models.ForeignKey)]
    keys = {f"{f.model._meta.label}.{f.name}" for f in fields if f.related_model is Customer}
    assert keys - OWN == {mover.key for mover in merge_customers.MOVERS}


def test_orders_and_identities_move_and_the_next_order_finds_the_one_who_stayed(brand: Brand) -> None:
    keep, gone = two(brand)
    seen = merge_customers.preview(brand.ctx, keep_id=keep, gone_id=gone)
    assert dict(seen.moves) == {
        "identities": 1, "orders": 2, "cancelled_lines": 0, "credits": 0, "returns": 0, "conversations": 0,
    }  # fmt: skip
    assert [(c.field, c.keep, c.gone) for c in seen.conflicts] == [("email", "a@example.com", "b@example.com")]
    assert bought(brand, keep) == 1

    merge(brand, keep, gone)

    assert (bought(brand, keep), bought(brand, gone)) == (3, 0)
    place(brand.ctx, draft(email="b@example.com"))
    assert bought(brand, keep) == 4
    assert [row.id for row in queries.list_customers(brand.ctx)] == [keep]
    sound()


def test_returns_store_credit_and_conversations_go_along_and_back(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1)], email="b@example.com"))
    place(brand.ctx, draft(email="a@example.com"))
    keep, gone = known_as(brand, "a@example.com"), known_as(brand, "b@example.com")
    ask(brand.ctx, order_id)
    payments.grant_credit(
        brand.ctx, customer_id=gone, order_id=order_id, amount_minor=500, currency="EUR", key="c", subject=f"order:{order_id}"
    )
    bring(brand.ctx, mail("Thank you.", sender="b@example.com"))
    before = everything()

    merge_id = merge(brand, keep, gone)
    drain()

    for name in ("returns", "credits", "conversations"):
        assert [row["customer_id"] for row in everything()[name]] == [keep], name
    sound()
    merge_customers.undo(brand.ctx, merge_id=merge_id)
    assert everything() == before


def test_what_came_since_of_an_order_goes_back_with_it(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3)], email="b@example.com"))
    kept_id = arrived(brand.ctx, draft([("A", 1)], email="a@example.com"))
    keep, gone = known_as(brand, "a@example.com"), known_as(brand, "b@example.com")
    first = ask(brand.ctx, order_id, wish(brand.ctx, order_id, outcome="store_credit"), key="before")
    drain()
    merge_id = merge(brand, keep, gone)
    since = ask(brand.ctx, order_id, wish(brand.ctx, order_id, outcome="store_credit"), key="since")
    other = ask(brand.ctx, kept_id, wish(brand.ctx, kept_id, outcome="store_credit"), key="other")
    drain()
    for return_id in (first, since, other):
        back(brand, return_id, 1)
    assert money.credit_balance(brand.ctx, customer_id=keep) == {"EUR": 3000}

    merge_customers.undo(brand.ctx, merge_id=merge_id)
    drain()

    assert money.credit_balance(brand.ctx, customer_id=keep) == {"EUR": 1000}
    assert money.credit_balance(brand.ctx, customer_id=gone) == {"EUR": 2000}
    rows = returns.returns_by_id(brand.ctx, ids=[first, since, other])
    assert [rows[id].customer_id for id in (first, since, other)] == [gone, gone, keep]
    refund_returns.note_money(brand.ctx, return_id=first)
    assert returns.get_return(brand.ctx, return_id=first).money == "succeeded"
    sound()


def test_what_was_exchanged_since_goes_back_with_its_order(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)], email="b@example.com"))
    place(brand.ctx, draft(email="a@example.com"))
    keep, gone = known_as(brand, "a@example.com"), known_as(brand, "b@example.com")
    merge_id = merge(brand, keep, gone)
    return_id = swap(brand, order_id, made["SHIRT-M"])
    drain()
    assert exchange_of(brand, return_id).customer_id == keep

    assert merge_customers.undo(brand.ctx, merge_id=merge_id).since == 0

    assert exchange_of(brand, return_id).customer_id == gone
    sound()


def test_what_was_sent_again_since_goes_back_with_its_order(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1)], email="b@example.com"))
    kept_id = arrived(brand.ctx, draft([("A", 1)], email="a@example.com"))
    keep, gone = known_as(brand, "a@example.com"), known_as(brand, "b@example.com")
    merge_id = merge(brand, keep, gone)
    sent, other = (send_again(brand, id) for id in (order_id, kept_id))
    assert (bought(brand, keep), bought(brand, gone)) == (4, 0)

    assert merge_customers.undo(brand.ctx, merge_id=merge_id).since == 0

    owners = {row.id: row.customer_id for row in orders.orders_by_id(brand.ctx, ids=[sent, other]).values()}
    assert owners == {sent: gone, other: keep}
    sound()


def test_what_was_exchanged_and_then_sent_again_since_goes_back_too(brand: Brand) -> None:
    made = shirts(brand)
    order_id = arrived(brand.ctx, draft([("SHIRT-S", 1)], email="b@example.com"))
    place(brand.ctx, draft(email="a@example.com"))
    keep, gone = known_as(brand, "a@example.com"), known_as(brand, "b@example.com")
    merge_id = merge(brand, keep, gone)
    return_id = swap(brand, order_id, made["SHIRT-M"])
    drain()
    back(brand, return_id, 1)
    drain()
    swapped = exchange_of(brand, return_id).id
    leave(brand, swapped)
    sent = send_again(brand, swapped)

    assert merge_customers.undo(brand.ctx, merge_id=merge_id).since == 0

    assert people.customers_of(brand.ctx, order_ids=[order_id, swapped, sent]) == [gone]
    sound()


def test_the_stricter_consent_wins_and_blanks_are_filled(brand: Brand) -> None:
    ctx = brand.ctx
    keep = customers.create_customer(ctx, customer=CustomerDraft("김민서", "a@example.com", accepts_marketing=True))
    gone = customers.create_customer(ctx, customer=CustomerDraft("Minseo", "b@example.com", "010-1234-5678", country="KR"))
    customers.note(ctx, customer_id=gone, note="likes blue")
    merge(brand, keep, gone)
    row = queries.get(ctx, customer_id=keep)
    assert (row.name, row.email, row.phone, row.country, row.accepts_marketing, row.note) == (
        "김민서", "a@example.com", "+821012345678", "KR", False, "likes blue",
    )  # fmt: skip
    assert [found.id for found in queries.list_customers(ctx, query="01012345678")] == [keep]
    sound()


def test_an_undo_restores_every_row_and_says_what_came_since(brand: Brand) -> None:
    keep, gone = two(brand)
    before = everything()
    id = merge(brand, keep, gone)
    undone = merge_customers.undo(brand.ctx, merge_id=id)
    assert (undone.since, everything()) == (0, before)
    sound()

    id = merge(brand, keep, gone)
    later = replace(brand.ctx, now=datetime(2026, 11, 25, tzinfo=UTC))
    place(later, draft(email="b@example.com"))
    assert merge_customers.orders_since(brand.ctx, merge_id=id) == 1
    assert merge_customers.undo(brand.ctx, merge_id=id).since == 1
    assert (bought(brand, keep), bought(brand, gone)) == (2, 2)
    sound()


def test_what_was_edited_since_is_not_taken_back(brand: Brand) -> None:
    ctx = brand.ctx
    keep = customers.create_customer(ctx, customer=CustomerDraft("A", "a@example.com"))
    gone = customers.create_customer(ctx, customer=CustomerDraft("B", "b@example.com", "+821012345678", country="KR"))
    id = merge(brand, keep, gone)
    row = queries.get(ctx, customer_id=keep)
    customers.edit_customer(
        ctx, customer_id=keep, version=row.version, customer=CustomerDraft("A", "a@example.com", "+821099998888", country="KR")
    )
    merge_customers.undo(ctx, merge_id=id)
    row = queries.get(ctx, customer_id=keep)
    assert (row.phone, row.country) == ("+821099998888", "")


def test_what_cannot_be_is_refused_and_nothing_moves(brand: Brand) -> None:
    keep, gone = two(brand)
    place(brand.ctx, draft(email="c@example.com"))
    third = known_as(brand, "c@example.com")
    id = merge(brand, keep, gone)
    before = everything()
    ctx = brand.ctx
    attempts = {
        "merge_with_themselves": lambda: merge(brand, keep, keep),
        "merged_already": lambda: merge(brand, third, gone),
        "not_found": lambda: merge_customers.preview(ctx, keep_id=keep, gone_id=987654),
        "changed_meanwhile": lambda: merge_customers.merge(
            ctx, keep_id=keep, gone_id=third, keep_version=99, gone_version=1
        ),
    }
    for code, attempt in attempts.items():
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == code
    on = merge(brand, third, keep)
    with pytest.raises(Refused) as refused:
        merge_customers.undo(ctx, merge_id=id)
    assert refused.value.code == "merged_already"
    merge_customers.undo(ctx, merge_id=on)
    assert everything() == before
    merge_customers.undo(ctx, merge_id=id)
    with pytest.raises(Refused) as refused:
        merge_customers.undo(ctx, merge_id=id)
    assert refused.value.code == "merge_undone"
    sound()


def test_who_is_called_the_same_and_lives_there_is_suggested(brand: Brand) -> None:
    keep, gone = two(brand)
    far = draft(email="far@example.com")
    place(brand.ctx, replace(far, ship_to=replace(far.ship_to, postal_code="99999")))
    other = draft(email="other@example.com")
    place(brand.ctx, replace(other, buyer=replace(other.buyer, name="박지후")))
    assert [row.id for row in merge_customers.suggest(brand.ctx, customer_id=keep)] == [gone]


def test_the_same_phone_is_suggested(brand: Brand) -> None:
    ids = [
        customers.create_customer(brand.ctx, customer=CustomerDraft(name, email, "010-1234-5678", country="KR"))
        for name, email in (("김민서", "a@example.com"), ("M. Kim", "b@example.com"))
    ]
    assert [row.id for row in merge_customers.suggest(brand.ctx, customer_id=ids[0])] == [ids[1]]


PERSON = st.tuples(
    st.sampled_from(["a@example.com", "b@example.com", "c@example.com", "d@example.com"]),
    st.sampled_from(["", "010-1234-5678", "010-9999-8888"]),
    st.booleans(),
    st.sampled_from(["", "x1", "x2"]),
)


@given(people=st.lists(PERSON, min_size=2, max_size=8), picks=st.lists(st.integers(0, 7), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_merges_and_their_undoing_restore_every_row(
    brand: Brand, people: list[tuple[str, str, bool, str]], picks: list[int]
) -> None:
    with transaction.atomic():
        intake.accept(brand.ctx, [told(*person) for person in people])
        ids = [row.id for row in queries.list_customers(brand.ctx)]
        stack: list[tuple[int, dict[str, list[Any]]]] = []
        for a, b in pairwise(picks):
            keep, gone = ids[a % len(ids)], ids[b % len(ids)]
            before = everything()
            try:
                stack.append((merge(brand, keep, gone), before))
            except Refused:
                assert everything() == before
            sound()
        for id, before in reversed(stack):
            merge_customers.undo(brand.ctx, merge_id=id)
            assert everything() == before
        sound()
        transaction.set_rollback(True)


def told(email: str, phone: str, consent: bool, external: str) -> OrderDraft:
    buyer = Buyer(
        name="김민서", email=email, phone=phone, language="ko", accepts_marketing=consent,
        identities=(("api", external),) if external else (),
    )  # fmt: skip
    return replace(draft(country="KR"), buyer=buyer)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(4))
def test_an_order_of_the_one_who_goes_that_comes_in_the_same_moment_is_not_left_behind(turn: int) -> None:
    brand = make_brand()
    keep, gone = two(brand)
    drain()
    answers = together(
        lambda: merge(brand, keep, gone),
        lambda: place(brand.ctx, *[draft(email="b@example.com") for _ in range(5)]),
        lambda: place(brand.ctx, told("b@example.com", "010-1234-5678", True, "x9")),
    )
    assert [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)] == []
    if isinstance(answers[0], Refused):  # the order completed the customer first, so somebody looks again
        merge(brand, keep, gone)
    drain()
    merge_customers.sweep(brand.ctx.now)
    assert (bought(brand, keep), bought(brand, gone)) == (9, 0)
    sound()
    [row] = merges.list_of(brand.ctx, customer_id=keep)
    since = merge_customers.undo(brand.ctx, merge_id=row.id).since  # what found the one who stayed, stays there
    assert (bought(brand, keep), bought(brand, gone)) == (1 + since, 8 - since)
    sound()


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_each_into_the_other_get_one_merge() -> None:
    brand = make_brand()
    keep, gone = two(brand)
    answers = together(lambda: merge(brand, keep, gone), lambda: merge(brand, gone, keep))
    assert sum(isinstance(a, Refused) for a in answers) == 1
    sound()
