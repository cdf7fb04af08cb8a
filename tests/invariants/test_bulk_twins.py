"""What stock does for many at once equals doing it for one after the other: each set-based verb beside its slow twin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.stock import actions as stock
from doorstep.stock import adjustments, backorders, carts, counts, deliveries, lots, safety, transfers
from doorstep.stock.counting import Choice, Chosen, Entry, Limits
from doorstep.stock.inbound.values import Arrived, DeliveryDraft, LineDraft, TransferDraft
from doorstep.stock.inbound.values import Condition as Come
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.values import (
    CartWant,
    Change,
    Condition,
    Count,
    Group,
    Keep,
    MovementKind,
    Pin,
    Reason,
    Short,
    Turn,
    Wait,
    Want,
    Why,
)
from tests.factories import NOW, Brand, make_brand, receive

pytestmark = pytest.mark.django_db
SKUS, PLACES = ("A", "B"), ("seoul", "berlin")  # A has lots
PROMISED = tuple(range(1, 7))
WAITING = tuple(range(11, 15))
skus, places, few = st.sampled_from(SKUS), st.sampled_from(PLACES), st.integers(1, 3)
STANDING = {  # what is told of each table, what is joined to it, what of it counts
    "stock_item": (
        """s.on_hand, s.committed, s.reserved, s.damaged, s.quality_control, s.safety_stock, s.kept_everywhere, s.waiting,
           s.to_serve""", "", "",
    ),
    "stock_level": (
        "p.code, s.on_hand, s.committed, s.damaged, s.quality_control, s.safety_stock, s.kept, s.recount_since",
        "JOIN locations_location p ON p.id = s.location_id", "",
    ),
    "stock_movement": (
        """p.code, s.kind, sum(s.on_hand), sum(s.committed), sum(s.reserved), sum(s.damaged), sum(s.quality_control),
           sum(s.safety_stock)""",
        "LEFT JOIN locations_location p ON p.id = s.location_id", "GROUP BY c.sku, p.code, s.kind",
    ),
    "stock_reservation": (
        "s.reference_id, p.code, s.qty", "LEFT JOIN locations_location p ON p.id = s.location_id", "AND s.state = 'open'",
    ),
    "stock_lotlevel": (
        "t.code, p.code, s.on_hand, s.set_aside",
        "JOIN stock_lot t ON t.id = s.lot_id JOIN locations_location p ON p.id = s.location_id", "AND s.on_hand > 0",
    ),
    "stock_cartline": ("s.qty, s.state", "", ""),
    "stock_backorder": ("s.group_id, s.reference_id, s.qty, s.kind, s.state, s.passed", "", ""),
    "stock_expectedline": ("s.expected, s.received, s.damaged, s.quality_control", "", ""),
    "stock_transferline": ("s.shipped, s.received, s.lost", "", ""),
    "stock_countline": ("s.state, s.counted, s.expected, s.booked", "", ""),
}  # fmt: skip


class House:
    """A brand in which units lie, are promised, pinned, held, waited for and on their way; any two are alike."""

    def __init__(self) -> None:
        self.brand: Brand = make_brand(stock_each=0, skus=SKUS)
        self.ctx, variants = self.brand.ctx, self.brand.variants
        lots.set_tracking(self.ctx, variant_id=variants["A"], by_lot=True, by_serial=False)
        for sku in SKUS:
            for place in PLACES:
                receive(self.ctx, variants[sku], self.place(place), 9)
        safety.keep_back(self.ctx, keeps=[Keep(variants["B"], self.brand.seoul, 1)])
        wants = [Want(n, variants[SKUS[n % 2]], 1 + n % 3) for n in PROMISED]
        assert stock.take(self.ctx, groups=[Group((want,)) for want in wants]) == [()] * len(wants)
        stock.pin(self.ctx, pins=[Pin(w.reference_id, w.variant_id, self.brand.seoul, w.qty) for w in wants[:4]])
        for n in range(3):
            until = NOW + timedelta(minutes=1 + n)
            cart = [CartWant(variants[sku], 1) for sku in SKUS[: 1 + n % 2]]
            assert carts.reserve(self.ctx, token=f"t{n}", wants=cart, until=until) == ()
        draft = DeliveryDraft("Mill", "PO-1", self.brand.seoul, tuple(LineDraft(variants[sku], 4) for sku in SKUS))
        self.delivery_id = deliveries.expect(self.ctx, draft=draft)
        plan = TransferDraft(self.brand.seoul, self.brand.berlin, tuple(LineDraft(variants[sku], 2) for sku in SKUS))
        self.transfer_id = transfers.draft(self.ctx, transfer=plan)
        transfers.ship(self.ctx, transfer_id=self.transfer_id)
        chosen = Chosen(Choice.VARIANTS, tuple(variants.values()))
        self.sheet_id = counts.open_sheet(self.ctx, location_id=self.brand.seoul, chosen=chosen)
        counts.set_limits(self.ctx, limits=Limits(2, None, None, "EUR"))
        backorders.wait(self.ctx, waits=[self.wait(n) for n in WAITING[:2]])

    def place(self, name: str) -> int:
        return self.brand.seoul if name == "seoul" else self.brand.berlin

    def variant(self, sku: str) -> int:
        return self.brand.variants[sku]

    def wait(self, n: int) -> Wait:
        variant = self.variant(SKUS[n % 2])
        return Wait(n, (Want(n, variant, 1 + n % 2),), (Short(variant, 1 + n % 2, 0),), NOW, n % 2)

    def want(self, reference: int, qty: int) -> Want:
        return Want(reference, self.variant(SKUS[reference % 2]), qty)

    def standing(self) -> dict[str, Counter[str]]:
        """Every counter and row of stock, told without ids."""
        return {
            table: Counter(
                db.column(
                    f"""SELECT ROW(c.sku, {told})::text FROM {table} s JOIN catalog_variant c ON c.id = s.variant_id {joined}
                         WHERE s.organisation_id = %s {counts}""",
                    [self.ctx.organisation_id],
                )
            )
            for table, (told, joined, counts) in STANDING.items()
        }


Does = Callable[[House, Sequence[Any]], object]


def done(does: Callable[[], object]) -> str:
    """What came of it: "", or the code of the refusal, after which all is as it was."""
    try:
        with transaction.atomic():
            does()
    except Refused as refused:
        return refused.code
    return ""


def assert_equal(fast: House, slow: House, verb: Does, items: Sequence[Any]) -> bool:
    """Does all at once in one house, and one after the other in its twin.  Returns: whether they are still twins.

    Of pins that change places all at once may be possible where one after the other is not.
    """
    at_once = done(lambda: verb(fast, items))
    one_by_one = done(lambda: [verb(slow, [item]) for item in items])
    if verb is pin and one_by_one and not at_once:
        return False
    assert at_once == one_by_one
    assert fast.standing() == slow.standing()
    assert [(b.invariant.name, b.examples) for b in check(INVARIANTS)] == []
    return True


def several(of: st.SearchStrategy[Any], unique: Callable[[Any], Any] | None = None) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, min_size=2, max_size=5, unique_by=unique)  # type: ignore[arg-type]


steps = st.integers(-4, 5)
here = st.tuples(skus, places)
promises = st.tuples(st.sampled_from(PROMISED), few)


def change(house: House, items: Sequence[Any]) -> None:
    changes = [Change(house.variant(sku), house.place(at), on_hand=a, damaged=d) for (sku, at), a, d in items]
    stock.change(house.ctx, changes=changes, kind=MovementKind.ADJUSTMENT, reason="twin", reference="twin")


def turn(house: House, items: Sequence[Any]) -> None:
    found = [Turn(house.variant(sku), house.place(at), qty, was, to) for (sku, at), qty, (was, to) in items]
    adjustments.turn(house.ctx, turns=found, why=Why(Reason.TO_CHECK))


def count(house: House, items: Sequence[Any]) -> None:
    found = [Count(house.variant(sku), house.place(at), qty) for (sku, at), qty in items]
    stock.count(house.ctx, counts=found, reference="twin")


def keep_back(house: House, items: Sequence[Any]) -> None:
    keeps = [Keep(house.variant(sku), at and house.place(at), qty) for (sku, at), qty in items]
    safety.keep_back(house.ctx, keeps=keeps)


def pin(house: House, items: Sequence[Any]) -> None:
    """All that is promised of a reference goes to one place."""
    left = Counter[int]()
    for line in db.dicts(
        "SELECT reference_id, qty FROM stock_reservation WHERE organisation_id = %s AND state = 'open'",
        [house.ctx.organisation_id],
    ):
        left[line["reference_id"]] += line["qty"]
    pins = [Pin(n, house.variant(SKUS[n % 2]), house.place(at), left[n]) for n, at in items if left[n]]
    stock.pin(house.ctx, pins=pins)


def unpin(house: House, items: Sequence[Any]) -> None:
    stock.unpin(house.ctx, wants=[house.want(*item) for item in items], location_id=house.brand.seoul)


def release(house: House, items: Sequence[Any]) -> None:
    stock.release(house.ctx, references=[n for n, _ in items], reason="twin")


def release_from(house: House, items: Sequence[Any]) -> None:
    wants = [house.want(*item) for item in items]
    stock.release_from(house.ctx, wants=wants, location_id=house.brand.seoul, reason="twin")


def release_unpinned(house: House, items: Sequence[Any]) -> None:
    stock.release_unpinned(house.ctx, wants=[house.want(*item) for item in items], reason="twin")


def ship(house: House, items: Sequence[Any]) -> None:
    stock.ship(house.ctx, units=[house.want(*item) for item in items], location_id=house.brand.seoul)


def unload(house: House, items: Sequence[Any]) -> None:
    """Some receipts come twice, in one request and in the next."""
    deliveries.receive(house.ctx, delivery_id=house.delivery_id, arrived=_arrived(items))


def take_in(house: House, items: Sequence[Any]) -> None:
    transfers.receive(house.ctx, transfer_id=house.transfer_id, arrived=_arrived(items))


def _arrived(items: Sequence[Any]) -> list[Arrived]:
    return [
        Arrived(f"twin-{n:04}", qty, sku, condition=condition, lot=f"L{n % 2}" if sku == "A" else "")
        for n, sku, qty, condition in items
    ]


def enter(house: House, items: Sequence[Any]) -> None:
    entries = [Entry(f"twin-{n:04}", house.variant(sku), qty, house.ctx.now, 0) for n, sku, qty in items]
    counts.enter(house.ctx, sheet_id=house.sheet_id, entries=entries)


def wait(house: House, items: Sequence[Any]) -> None:
    backorders.wait(house.ctx, waits=[house.wait(n) for n in items])


def wait_no_more(house: House, items: Sequence[Any]) -> None:
    backorders.withdraw(house.ctx, references=items)


def serve(house: House, items: Sequence[Any]) -> None:
    backorders.serve(house.ctx, group_ids=items)


def take(house: House, items: Sequence[Any]) -> None:
    """Some orders come of a cart, and those behind them get what it gives back."""
    groups = [
        Group(tuple(Want(n * 10 + 2 * i + SKUS.index(sku), house.variant(sku), q) for i, (sku, q) in enumerate(wants)), cart=token)
        for n, wants, token in items
    ]
    stock.take(house.ctx, groups=groups)


arrived = st.tuples(st.integers(1, 4), skus, few, st.sampled_from(Come))
conditions = st.tuples(st.sampled_from(Condition), st.sampled_from([*Condition, None])).filter(lambda c: c[0] is not c[1])
orders = st.tuples(st.integers(10, 30), st.lists(st.tuples(skus, few), min_size=1, max_size=2), st.sampled_from(("", "t0", "t1")))
CASES: dict[Does, st.SearchStrategy[list[Any]]] = {
    change: several(st.tuples(here, steps, st.integers(-1, 2))),
    turn: several(st.tuples(here, few, conditions)),
    count: several(st.tuples(here, st.integers(0, 12)), unique=lambda item: item[0]),
    keep_back: several(st.tuples(st.tuples(skus, places | st.none()), st.integers(0, 4)), unique=lambda item: item[0]),
    pin: several(st.tuples(st.sampled_from(PROMISED), places), unique=lambda item: item[0]),
    unpin: several(promises, unique=lambda item: item[0]),
    release: several(promises),
    release_from: several(promises),
    release_unpinned: several(promises),
    ship: several(promises),
    unload: several(arrived),
    take_in: several(arrived),
    enter: several(st.tuples(st.integers(1, 4), skus, st.integers(0, 12))),
    wait: several(st.sampled_from(WAITING), unique=lambda n: n),
    wait_no_more: several(st.sampled_from(WAITING)),
    serve: several(st.sampled_from(WAITING)),
    take: several(orders, unique=lambda item: item[0]),
}
steps_of_the_day = st.lists(st.sampled_from(list(CASES)), min_size=4, max_size=7)


class TestTwins(TestCase):
    @settings(max_examples=8, deadline=None)
    @given(verbs=steps_of_the_day, data=st.data())
    def test_all_at_once_is_one_after_the_other(self, verbs: list[Does], data: st.DataObject) -> None:
        fast, slow = House(), House()
        assert fast.standing() == slow.standing()
        for verb in verbs:
            if not assert_equal(fast, slow, verb, data.draw(CASES[verb], label=verb.__name__)):
                break


def test_of_two_receipts_under_one_name_in_one_request_the_first_is_booked_as_what_it_says() -> None:
    twice = [(1, "B", 1, Come.GOOD), (1, "A", 2, Come.GOOD)]
    for verb in (unload, take_in):
        assert assert_equal(House(), House(), verb, twice)


def test_of_counts_in_one_request_the_last_stays_the_last_though_an_earlier_one_stands_in_it_twice() -> None:
    assert assert_equal(House(), House(), enter, [(4, "B", 4), (1, "B", 12), (4, "B", 4)])


def test_carts_that_are_over_end_in_one_sweep_as_they_would_one_by_one() -> None:
    fast, slow = House(), House()
    later = NOW + timedelta(minutes=2)
    carts.expire(replace(fast.ctx, now=later))
    for _ in range(4):
        carts.expire(replace(slow.ctx, now=later), limit=1)
    assert fast.standing() == slow.standing()
    assert Counter(line["state"] for line in db.dicts("SELECT state FROM stock_cartline")) == {"expired": 6, "open": 2}
    assert check(INVARIANTS) == []
