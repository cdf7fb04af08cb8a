"""People, shops and workers act on the same few things at the same moment, each in a transaction of their own."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from doorstep.base import db
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, compose, count_stock, intake, route, ship, waiting
from doorstep.flows.compose import Contained
from doorstep.orders.placing import Accepted
from doorstep.shipping import actions as shipping
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Bought
from doorstep.stock import actions as stock
from doorstep.stock import adjustments, carts, count_queries, counts, queries, safety
from doorstep.stock.counting import Choice, Chosen
from doorstep.stock.values import CartWant, Change, Condition, Count, Group, Keep, MovementKind, Reason, Turn, Want, Why
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, make_brand, make_variants, packed, place, receive, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("races")]
SKUS = ("A", "B", "C")
STEPS = 25


@pytest.fixture(autouse=True)
def _nothing_waits() -> None:
    db.execute("DELETE FROM procrastinate_jobs")  # what earlier tests left to a worker that never came


def labelled(brand: Brand, drafts: Sequence[tuple[str, str]]) -> list[int]:
    """Parcels with labels, one per (SKU, country)."""
    ctx = brand.ctx
    carrier = shipping.connect_carrier(
        ctx, code="c", name="Carrier", provider="sandbox_carrier", settings={"url": "http://127.0.0.1:9", "token": "x"}
    )
    made = packed(ctx, *[draft([(sku, 1)], country=country) for sku, country in drafts])
    shipping.want_label(ctx, parcel_ids=made, carrier_id=carrier)
    for label in parcels.labels_of(ctx, parcel_ids=made):
        sold = Bought(f"shp-{label.id}", f"60{label.id:010}", "DE10", "STANDARD", Money(590, "EUR"))
        assert shipping.settle_label(ctx, label_id=label.id, answer=sold)
    return made


def orders_of(brand: Brand, parcel_ids: Sequence[int]) -> list[int]:
    return [parcels.parcels_by_id(brand.ctx, ids=parcel_ids)[id].order_id for id in parcel_ids]


def said(act: Callable[[], object]) -> str:
    """What somebody is told: "done", or the code of the refusal; anything else is a bug and comes through."""
    try:
        act()
    except Refused as refused:
        return refused.code
    return "done"


class Person:
    """Somebody who does this and that with the same three variants, and knows nothing of the others."""

    def __init__(self, brand: Brand, seed: int, labelled: Sequence[int], sheets: Sequence[int]) -> None:
        self.sheets = sheets
        self.brand, self.seed, self.dice, self.labelled = brand, seed, random.Random(seed), list(labelled)
        self.dice.shuffle(self.labelled)
        self.placed: list[int] = []
        self.tokens: list[str] = []

    def work(self) -> Counter[str]:
        acts = [
            self.order, self.order, self.order, self.cancel, self.route, self.receive, self.lose, self.count, self.ship,
            self.hold, self.hold, self.check_out, self.expire, self.prioritise, self.keep_back, self.turn, self.count_blind,
        ]  # fmt: skip
        answers: Counter[str] = Counter()
        for _ in range(STEPS):
            act = self.dice.choice(acts)
            answers[f"{act.__name__} {said(act)}"] += 1
        return answers

    def order(self) -> None:
        skus = self.dice.sample(SKUS, k=self.dice.randint(1, 3))
        wanted = draft([(sku, self.dice.randint(1, 2)) for sku in skus], country=self.dice.choice(("DE", "KR")))
        [answer] = intake.accept(self.brand.ctx, [wanted])
        assert isinstance(answer, Accepted)
        self.placed.append(answer.order_id)

    def hold(self) -> None:
        self.tokens.append(f"cart-{self.seed}-{self.dice.randint(1, 6)}")
        wants = [CartWant(self.brand.variants[sku], self.dice.randint(1, 2)) for sku in self.dice.sample(SKUS, k=2)]
        carts.reserve(self.brand.ctx, token=self.tokens[-1], wants=wants, until=NOW + timedelta(minutes=self.dice.randint(1, 9)))

    def check_out(self) -> None:
        if self.tokens:
            skus = self.dice.sample(SKUS, k=self.dice.randint(1, 3))
            wanted = draft([(sku, 1) for sku in skus], reservation=self.dice.choice(self.tokens))
            self.placed += place(self.brand.ctx, wanted)

    def expire(self) -> None:
        carts.expire(replace(self.brand.ctx, now=NOW + timedelta(minutes=5)))

    def prioritise(self) -> None:
        if self.placed:
            waiting.prioritise(self.brand.ctx, order_id=self.dice.choice(self.placed), version=1, priority=1)

    def cancel(self) -> None:
        if self.placed:
            cancel.cancel(self.brand.ctx, order_id=self.dice.choice(self.placed), reason="changed my mind")

    def route(self) -> None:
        ids = db.column("SELECT id FROM orders_order WHERE state = 'open' ORDER BY random() LIMIT 10")
        route.route(self.brand.ctx, order_ids=ids)

    def receive(self) -> None:
        self._change(MovementKind.RECEIPT, on_hand=self.dice.randint(1, 3))

    def lose(self) -> None:
        self._change(MovementKind.WRITE_OFF, on_hand=-self.dice.randint(1, 3))

    def count(self) -> None:
        counts = [
            Count(self.brand.variants[sku], self._place(), self.dice.randint(5, 20)) for sku in self.dice.sample(SKUS, 2)
        ]
        stock.count(self.brand.ctx, counts=counts, reference="race")

    def keep_back(self) -> None:
        keeps = [Keep(self.brand.variants[sku], self._place(), self.dice.randint(0, 2)) for sku in self.dice.sample(SKUS, 2)]
        safety.keep_back(self.brand.ctx, keeps=keeps)

    def turn(self) -> None:
        was, to = self.dice.sample(list(Condition), 2)
        place = self._place()
        turns = [Turn(self.brand.variants[sku], place, 1, was, to) for sku in self.dice.sample(SKUS, 2)]
        adjustments.turn(self.brand.ctx, turns=turns, why=Why(Reason.TO_CHECK))

    def count_blind(self) -> None:
        """Everybody counts on the sheets of all, and decides what waits there, sending on what was promised."""
        sheet_id = self.dice.choice(self.sheets)
        key = f"race-{self.dice.randrange(10**9)}"
        typed = [count_stock.Typed(key, self.dice.choice(SKUS), self.dice.randint(5, 20), self.brand.ctx.now)]
        count_stock.enter(self.brand.ctx, sheet_id=sheet_id, typed=typed)
        waiting = [line.id for line in count_queries.lines_of(self.brand.ctx, sheet_id=sheet_id) if line.state == "waiting"]
        if waiting:
            count_stock.approve(self.brand.ctx, sheet_id=sheet_id, line_ids=waiting[:1], reroute=True)

    def ship(self) -> None:
        mine, self.labelled = self.labelled[:3], self.labelled[3:]
        ship.hand_over(self.brand.ctx, parcel_ids=mine)

    def _change(self, kind: MovementKind, *, on_hand: int) -> None:
        changes = [Change(self.brand.variants[sku], self._place(), on_hand=on_hand) for sku in self.dice.sample(SKUS, 2)]
        stock.change(self.brand.ctx, changes=changes, kind=kind, reason="race", reference="race")

    def _place(self) -> int:
        return self.dice.choice((self.brand.seoul, self.brand.berlin))


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_six_people_do_at_once_nothing_is_oversold_and_nobody_meets_a_deadlock(seed: int) -> None:
    brand = make_brand(stock_each=16, skus=SKUS)
    gone = labelled(brand, [(sku, country) for sku in reversed(SKUS) for country in ("DE", "KR")] * 2)
    chosen = Chosen(Choice.VARIANTS, tuple(brand.variants.values()))
    sheets = [counts.open_sheet(brand.ctx, location_id=at, chosen=chosen) for at in (brand.seoul, brand.berlin)]
    answers = together(*[Person(brand, seed * 100 + n, gone, sheets).work for n in range(6)])
    assert [a for a in answers if not isinstance(a, Counter)] == []
    told = sum((a for a in answers if isinstance(a, Counter)), Counter())
    known = {
        "done", "not_enough_stock", "already_shipped", "already_cancelled", "changed_meanwhile", "promised_from_there",
        "count_sheet_over", "reservation_used",
    }  # fmt: skip
    refused = {words.split()[1] for words in told} - known
    assert refused == set(), told
    assert told["order done"] > 20
    assert told["lose done"] + told["receive done"] + told["count done"] > 10
    assert told["count_blind done"] + told["count_blind promised_from_there"] > 3
    assert_all_holds()
    together(drain, drain)
    drain()
    assert_all_holds()
    pool = queries.pool_of(brand.ctx, variant_ids=list(brand.variants.values()))
    assert all(row.spare >= 0 for row in pool.values())


def test_two_workers_that_route_the_same_orders_route_each_once() -> None:
    brand = make_brand(stock_each=40, skus=SKUS)
    ids = place(brand.ctx, *[draft([("A", 1), ("B", 1)], country=("DE", "KR")[n % 2]) for n in range(30)])
    backwards = list(reversed(ids))
    answers = together(
        lambda: route.route(brand.ctx, order_ids=ids), lambda: route.route(brand.ctx, order_ids=backwards), drain, drain
    )
    assert [a for a in answers if isinstance(a, Exception)] == []
    drain()
    decisions = db.column("SELECT count(*) FROM routing_decision GROUP BY order_id")
    assert decisions == [1] * 30
    assert db.scalar("SELECT count(*) FROM fulfilment_picktask WHERE NOT removed") == 60
    assert_all_holds()


def test_of_a_hand_over_and_a_cancellation_at_once_one_happens_and_the_other_is_told() -> None:
    brand = make_brand(stock_each=20, skus=SKUS)
    made = labelled(brand, [(sku, country) for sku in SKUS for country in ("DE", "KR")] * 2)
    pairs = dict(zip(made, orders_of(brand, made), strict=True))
    outcomes: Counter[tuple[object, object]] = Counter()
    for parcel_id, order_id in pairs.items():
        hand_over = lambda id=parcel_id: said(lambda: ship.hand_over(brand.ctx, parcel_ids=[id]))  # noqa: E731
        call_off = lambda id=order_id: said(lambda: cancel.cancel(brand.ctx, order_id=id, reason="customer"))  # noqa: E731
        first, second = together(hand_over, call_off)
        outcomes[first, second] += 1
    assert set(outcomes) <= {("done", "already_shipped"), ("wrong_state", "done")}, outcomes
    gone = outcomes["done", "already_shipped"]
    assert db.scalar("SELECT count(*) FROM shipping_parcel WHERE state = 'handed_over'") == gone
    assert db.scalar("SELECT count(*) FROM orders_order WHERE state = 'cancelled'") == len(made) - gone
    drain()
    assert_all_holds()


def test_a_hand_over_from_two_places_takes_stock_in_the_order_in_which_everybody_does() -> None:
    brand = make_brand(stock_each=0, skus=("A", "C"))
    first, last = sorted(brand.variants.values())
    sku_of = {variant: sku for sku, variant in brand.variants.items()}
    receive(brand.ctx, last, brand.seoul, 9)
    receive(brand.ctx, first, brand.berlin, 9)
    made = labelled(brand, [(sku_of[last], "DE"), (sku_of[first], "DE")])
    at = parcels.parcels_by_id(brand.ctx, ids=made)
    assert [at[id].location_id for id in made] == [brand.seoul, brand.berlin]
    holds, waits = threading.Event(), threading.Event()

    @transaction.atomic
    def take_both() -> object:
        stock.take(brand.ctx, groups=[Group((Want(901, first, 1),))])
        holds.set()
        waits.wait(60)
        taken = stock.take(brand.ctx, groups=[Group((Want(902, last, 1),))])
        transaction.set_rollback(True)
        return taken

    def hand_over() -> object:
        holds.wait(60)
        threading.Timer(0.5, waits.set).start()
        return ship.hand_over(brand.ctx, parcel_ids=made)

    assert together(take_both, hand_over) == [[()], made]
    assert_all_holds()


def test_two_people_who_hand_over_the_same_parcels_hand_over_each_once() -> None:
    brand = make_brand(stock_each=20, skus=SKUS)
    made = labelled(brand, [(sku, country) for sku in reversed(SKUS) for country in ("DE", "KR")] * 2)
    upwards = lambda: ship.hand_over(brand.ctx, parcel_ids=made)  # noqa: E731
    downwards = lambda: ship.hand_over(brand.ctx, parcel_ids=made[::-1])  # noqa: E731
    answers = together(upwards, downwards, upwards, downwards)
    assert sorted(len(a) if isinstance(a, list) else 99 for a in answers) == [0, 0, 0, len(made)], answers
    shipped = db.scalar("SELECT count(*) FROM base_event WHERE type = 'parcel.handed_over'")
    assert shipped == len(made)
    assert_all_holds()


def test_who_receives_units_while_the_variant_becomes_a_bundle_is_refused_or_first() -> None:
    brand = make_brand()
    for n in range(8):
        variant = make_variants(brand.ctx, [f"SET{n}"])[f"SET{n}"]
        if n % 2:  # the row of the pool is here already, as after an order that found none
            stock.take(brand.ctx, groups=[Group((Want(n, variant, 1),))])
        answers = together(
            lambda: compose.set_components(brand.ctx, variant_id=variant, contents=[Contained("A", 1), Contained("B", 2)]),  # noqa: B023
            lambda: receive(brand.ctx, variant, brand.berlin, 1),  # noqa: B023
        )
        refused = [answer.code for answer in answers if isinstance(answer, Refused)]
        assert refused in (["has_stock"], ["is_a_bundle"]), answers
        assert_all_holds()
