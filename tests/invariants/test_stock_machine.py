"""Any order of stock actions keeps every counter equal to its ledger and promises no unit twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.orders import queries as order_queries
from doorstep.stock import actions as stock
from doorstep.stock import adjustments, count_queries, counts, queries, safety
from doorstep.stock.counting import Choice, Chosen, Entry, Limits
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.values import (
    Change,
    Condition,
    Count,
    Group,
    Keep,
    LevelRow,
    MovementKind,
    Pin,
    PoolRow,
    Reason,
    Turn,
    Want,
    Why,
)
from tests.factories import Brand, make_brand

pytestmark = pytest.mark.django_db
places = st.sampled_from(["seoul", "berlin"])
skus = st.sampled_from(["A", "B"])
conditions = st.sampled_from(list(Condition))


class StockMachine(RuleBasedStateMachine):
    """A brand with two places and two variants; the model is a plain dictionary."""

    @initialize()
    def begin(self) -> None:
        self.brand: Brand = make_brand(stock_each=0, skus=("A", "B"))
        self.on_hand = {(sku, place): 0 for sku in "AB" for place in ("seoul", "berlin")}
        self.damaged = dict.fromkeys(self.on_hand, 0)
        self.checked = dict.fromkeys(self.on_hand, 0)  # units in quality control
        self.sku_of: dict[int, str] = {}
        self.promised: dict[tuple[int, str | None], int] = {}  # units per reference and place; None: no place yet
        self.next_reference = 1
        self.wish = dict.fromkeys(self.on_hand, 0)  # units to keep back per place
        self.kept_everywhere = {"A": 0, "B": 0}
        self.step = 0
        self.moved: list[tuple[int, tuple[str, str], int]] = []  # what moved in which step; counts find, they move nothing
        self.counted: dict[tuple[str, str], tuple[str, int, int]] = {}  # state, number and step of the last count of a line
        chosen = Chosen(Choice.VARIANTS, tuple(self.brand.variants.values()))
        self.sheets = {
            place: counts.open_sheet(self.brand.ctx, location_id=self.place(place), chosen=chosen)
            for place in ("seoul", "berlin")
        }
        counts.set_limits(self.brand.ctx, limits=Limits(3, None, None, "EUR"))
        self.seen: list[tuple[datetime, dict[int, PoolRow], list[LevelRow]]] = []

    def place(self, name: str) -> int:
        return self.brand.seoul if name == "seoul" else self.brand.berlin

    def free(self, sku: str, place: str) -> int:
        here = sum(q for (r, at), q in self.promised.items() if at == place and self.sku_of[r] == sku)
        return self.sound(sku, place) - here

    def sound(self, sku: str, place: str) -> int:
        return self.on_hand[sku, place] - self.damaged[sku, place] - self.checked[sku, place]

    def shift(self, sku: str, place: str, units: int) -> None:
        self.on_hand[sku, place] += units
        self.moved.append((self.step, (sku, place), units))

    def kept(self, sku: str) -> int:
        """Each place keeps no more than lies there unharmed."""
        here = [min(self.wish[sku, p], self.sound(sku, p)) for p in ("seoul", "berlin")]
        return self.kept_everywhere[sku] + sum(here)

    def available(self, sku: str) -> int:
        return self.spare(sku) - self.kept(sku)

    def spare(self, sku: str) -> int:
        whole = sum(self.sound(sku, p) for p in ("seoul", "berlin"))
        return whole - sum(q for (r, _), q in self.promised.items() if self.sku_of[r] == sku)

    def move(self, key: tuple[int, str | None], qty: int) -> None:
        self.promised[key] = self.promised.get(key, 0) + qty
        if not self.promised[key]:
            del self.promised[key]

    def pinned(self) -> list[tuple[int, str]]:
        return sorted((r, at) for r, at in self.promised if at is not None)

    @rule(sku=skus, place=places, qty=st.integers(1, 9))
    def receive(self, sku: str, place: str, qty: int) -> None:
        self.change(sku, place, MovementKind.RECEIPT, on_hand=qty)
        self.shift(sku, place, qty)

    @rule(sku=skus, place=places, qty=st.integers(1, 5))
    def write_off(self, sku: str, place: str, qty: int) -> None:
        able = min(self.free(sku, place), self.spare(sku)) >= qty
        try:
            self.change(sku, place, MovementKind.WRITE_OFF, on_hand=-qty)
        except Refused:
            assert not able
        else:
            assert able
            self.shift(sku, place, -qty)

    @rule(sku=skus, place=places, qty=st.integers(-3, 3))
    def damage(self, sku: str, place: str, qty: int) -> None:
        able = self.damaged[sku, place] + qty >= 0 and (
            qty <= 0 or min(self.free(sku, place), self.spare(sku)) >= qty
        )
        try:
            self.change(sku, place, MovementKind.ADJUSTMENT, damaged=qty)
        except Refused:
            assert not able
        else:
            assert able or qty == 0
            self.damaged[sku, place] += qty

    @rule(sku=skus, place=places, qty=st.integers(1, 4), was=conditions, to=conditions | st.none())
    def turn(self, sku: str, place: str, qty: int, was: Condition, to: Condition | None) -> None:
        """Units change their condition, or are written off; of the sellable only those that nobody was promised."""
        free = min(self.free(sku, place), self.spare(sku))
        there = {
            Condition.SELLABLE: free, Condition.DAMAGED: self.damaged[sku, place],
            Condition.QUALITY_CONTROL: self.checked[sku, place],
        }  # fmt: skip
        if was is to:
            return
        one = Turn(self.brand.variants[sku], self.place(place), qty, was, to)
        try:
            with transaction.atomic():
                adjustments.turn(self.brand.ctx, turns=[one], why=Why(Reason.TO_CHECK))
        except Refused:
            assert there[was] < qty
            return
        assert there[was] >= qty
        for books, condition in ((self.damaged, Condition.DAMAGED), (self.checked, Condition.QUALITY_CONTROL)):
            books[sku, place] += qty * ((to is condition) - (was is condition))
        if to is None:
            self.shift(sku, place, -qty)

    def difference(self, sku: str, place: str, counted: int, step: int) -> int:
        """What a count of that step differs by: what moved since is none of it."""
        since = sum(units for at, key, units in self.moved if key == (sku, place) and at > step)
        return counted - (self.on_hand[sku, place] - since)

    @rule(sku=skus, place=places, counted=st.integers(0, 12), age=st.integers(0, 3))
    def enter(self, sku: str, place: str, counted: int, age: int) -> None:
        """A phone sends what it counted some steps ago; a small difference is booked, a large one waits."""
        step = self.step - age
        entry = Entry(f"machine-{self.step}", self.brand.variants[sku], counted, self.brand.ctx.now - timedelta(minutes=age))
        difference = self.difference(sku, place, counted, step)
        [kept] = counts.enter(self.brand.ctx, sheet_id=self.sheets[place], entries=[entry])
        assert kept.problem == ""
        if (sku, place) in self.counted and self.counted[sku, place][2] > step:
            return
        able = difference >= 0 or min(self.free(sku, place), self.spare(sku)) + difference >= 0
        booked = able and abs(difference) <= 3
        self.counted[sku, place] = ("booked" if booked else "waiting", counted, step)
        self.on_hand[sku, place] += difference if booked else 0

    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        waiting = sorted(key for key, (state, _, _) in self.counted.items() if state == "waiting")
        if not waiting:
            return
        sku, place = data.draw(st.sampled_from(waiting))
        _, counted, step = self.counted[sku, place]
        difference = self.difference(sku, place, counted, step)
        able = difference >= 0 or min(self.free(sku, place), self.spare(sku)) + difference >= 0
        lines = count_queries.lines_of(self.brand.ctx, sheet_id=self.sheets[place])
        [line] = [line for line in lines if line.variant_id == self.brand.variants[sku]]
        assert (line.state, line.difference) == ("waiting", difference)
        try:
            with transaction.atomic():
                counts.approve(self.brand.ctx, sheet_id=self.sheets[place], line_ids=[line.id])
        except Refused:
            assert not able
            return
        assert able
        self.on_hand[sku, place] += difference
        self.counted[sku, place] = ("booked", counted, step)
        if len([key for key in self.counted if key[1] == place and self.counted[key][0] == "booked"]) == 2:
            chosen = Chosen(Choice.VARIANTS, tuple(self.brand.variants.values()))
            self.sheets[place] = counts.open_sheet(self.brand.ctx, location_id=self.place(place), chosen=chosen)
            self.counted = {key: told for key, told in self.counted.items() if key[1] != place}

    def change(self, sku: str, place: str, kind: MovementKind, *, on_hand: int = 0, damaged: int = 0) -> None:
        with transaction.atomic():
            stock.change(
                self.brand.ctx,
                changes=[Change(self.brand.variants[sku], self.place(place), on_hand=on_hand, damaged=damaged)],
                kind=kind,
                reason="test",
                reference="machine",
            )

    @rule(sku=skus, place=places, counted=st.integers(0, 12))
    def count(self, sku: str, place: str, counted: int) -> None:
        lost = self.on_hand[sku, place] - counted
        able = lost <= 0 or min(self.free(sku, place), self.spare(sku)) >= lost
        try:
            with transaction.atomic():
                counts = [Count(self.brand.variants[sku], self.place(place), counted)]
                stock.count(self.brand.ctx, counts=counts, reference="machine")
        except Refused:
            assert not able
        else:
            assert able
            self.on_hand[sku, place] = counted

    @rule(sku=skus, place=places | st.none(), qty=st.integers(0, 6))
    def keep_back(self, sku: str, place: str | None, qty: int) -> None:
        at = self.place(place) if place else None
        safety.keep_back(self.brand.ctx, keeps=[Keep(self.brand.variants[sku], at, qty)])
        if place:
            self.wish[sku, place] = qty
        else:
            self.kept_everywhere[sku] = qty

    @rule(wants=st.lists(st.tuples(skus, st.integers(1, 4)), min_size=1, max_size=3))
    def take(self, wants: list[tuple[str, int]]) -> None:
        needed = {sku: sum(q for s, q in wants if s == sku) for sku in dict(wants)}
        able = all(self.available(sku) >= q for sku, q in needed.items())
        references = list(range(self.next_reference, self.next_reference + len(wants)))
        self.next_reference += len(wants)
        group = Group(tuple(Want(r, self.brand.variants[s], q) for r, (s, q) in zip(references, wants, strict=True)))
        [shorts] = stock.take(self.brand.ctx, groups=[group])
        assert (not shorts) == able
        if able:
            for reference, (sku, qty) in zip(references, wants, strict=True):
                self.sku_of[reference] = sku
                self.move((reference, None), qty)

    @rule(data=st.data(), place=places)
    def pin(self, data: st.DataObject, place: str) -> None:
        """Units without a place get one; a promise that has its places moves whole."""
        if not self.promised:
            return
        reference = data.draw(st.sampled_from(sorted({r for r, _ in self.promised})))
        sku = self.sku_of[reference]
        waiting = self.promised.get((reference, None), 0)
        moving = {(reference, None): data.draw(st.integers(1, waiting))} if waiting else {
            (r, at): q for (r, at), q in self.promised.items() if r == reference
        }  # fmt: skip
        qty = sum(moving.values())
        able = self.free(sku, place) + moving.get((reference, place), 0) >= qty
        try:
            with transaction.atomic():
                pin = Pin(reference, self.brand.variants[sku], self.place(place), qty)
                stock.pin(self.brand.ctx, pins=[pin])
        except Refused:
            assert not able
        else:
            assert able
            for key, moved in moving.items():
                self.move(key, -moved)
            self.move((reference, place), qty)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if not self.promised:
            return
        reference = data.draw(st.sampled_from(sorted({r for r, _ in self.promised})))
        mine = {key: q for key, q in self.promised.items() if key[0] == reference}
        for key in mine:
            del self.promised[key]
        assert stock.release(self.brand.ctx, references=[reference], reason="test") == sum(mine.values())
        assert stock.release(self.brand.ctx, references=[reference], reason="test") == 0

    @rule(data=st.data(), qty=st.integers(1, 5))
    def release_what_has_no_place(self, data: st.DataObject, qty: int) -> None:
        waiting = sorted(r for r, at in self.promised if at is None)
        if not waiting:
            return
        reference = data.draw(st.sampled_from(waiting))
        want = Want(reference, self.brand.variants[self.sku_of[reference]], qty)
        given = min(qty, self.promised[reference, None])
        assert stock.release_unpinned(self.brand.ctx, wants=[want], reason="test") == given
        self.move((reference, None), -given)

    @rule(data=st.data(), qty=st.integers(1, 5))
    def ship(self, data: st.DataObject, qty: int) -> None:
        if not self.pinned():
            return
        reference, place = data.draw(st.sampled_from(self.pinned()))
        sku = self.sku_of[reference]
        gone = min(qty, self.promised[reference, place])
        unit = Want(reference, self.brand.variants[sku], qty)
        assert stock.ship(self.brand.ctx, units=[unit], location_id=self.place(place)) == gone
        self.move((reference, place), -gone)
        self.shift(sku, place, -gone)
        if (reference, place) not in self.promised:
            assert stock.ship(self.brand.ctx, units=[unit], location_id=self.place(place)) == 0

    @rule(data=st.data(), qty=st.integers(1, 5), again=st.booleans())
    def lose(self, data: st.DataObject, qty: int, again: bool) -> None:
        """A picker finds too few; the missing units may be promised to the same reference from elsewhere."""
        if not self.pinned():
            return
        reference, place = data.draw(st.sampled_from(self.pinned()))
        sku = self.sku_of[reference]
        able = qty <= self.promised[reference, place]
        gone = qty + max(0, min(self.free(sku, place), self.spare(sku)))
        missing = Pin(reference, self.brand.variants[sku], self.place(place), qty)
        try:
            with transaction.atomic():
                assert stock.lose(self.brand.ctx, missing=missing, reference="machine") == gone
        except Refused:
            assert not able
            return
        assert able
        self.move((reference, place), -qty)
        self.on_hand[sku, place] -= gone
        if again and self.available(sku) >= qty:
            want = Want(reference, self.brand.variants[sku], qty)
            assert stock.take(self.brand.ctx, groups=[Group((want,))]) == [()]
            self.move((reference, None), qty)

    @invariant()
    def the_database_agrees_with_the_model(self) -> None:
        if not hasattr(self, "brand"):
            return
        assert check(INVARIANTS) == []
        pool = queries.pool_of(self.brand.ctx, variant_ids=list(self.brand.variants.values()))
        for sku, variant in self.brand.variants.items():
            assert pool[variant].available == self.available(sku)
        for level in queries.levels_of(self.brand.ctx, variant_ids=list(self.brand.variants.values())):
            place = "seoul" if level.location_id == self.brand.seoul else "berlin"
            sku = next(s for s, v in self.brand.variants.items() if v == level.variant_id)
            assert level.free == self.free(sku, place)
        assert order_queries.list_ids(self.brand.ctx, where=order_queries.OrderFilter()) == []
        levels = queries.levels_of(self.brand.ctx, variant_ids=list(self.brand.variants.values()))
        self.seen.append((self.brand.ctx.now, pool, levels))
        later = replace(self.brand.ctx, now=self.brand.ctx.now + timedelta(minutes=1))
        self.brand = replace(self.brand, ctx=later)
        self.step += 1

    def teardown(self) -> None:
        """The ledger tells every past moment as it was seen then."""
        for at, pool, levels in getattr(self, "seen", []):
            then = queries.as_of(self.brand.ctx, variant_ids=list(pool), at=at)
            assert then.pool == {v: replace(row, kept_everywhere=0) for v, row in pool.items()}
            told = {(row.variant_id, row.location_id): row for row in then.levels}
            for level in levels:
                key = level.variant_id, level.location_id
                assert (told.get(key) or LevelRow(*key, 0, 0, 0, 0, "")) == replace(
                    level, bin="", recount_since=None, counted_at=None, safety_stock=level.kept
                )


class TestStockMachine(StockMachine.TestCase, TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
