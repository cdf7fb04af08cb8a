"""Any order of stock actions keeps every counter equal to its ledger and promises no unit twice."""

from __future__ import annotations

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
from doorstep.stock import queries
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.values import Change, Count, Group, MovementKind, Pin, Want
from tests.factories import Brand, make_brand

pytestmark = pytest.mark.django_db
places = st.sampled_from(["seoul", "berlin"])
skus = st.sampled_from(["A", "B"])


class StockMachine(RuleBasedStateMachine):
    """A brand with two places and two variants; the model is a plain dictionary."""

    @initialize()
    def begin(self) -> None:
        self.brand: Brand = make_brand(stock_each=0, skus=("A", "B"))
        self.on_hand = {(sku, place): 0 for sku in "AB" for place in ("seoul", "berlin")}
        self.damaged = {(sku, place): 0 for sku in "AB" for place in ("seoul", "berlin")}
        self.promised: dict[int, tuple[str, int]] = {}
        self.pinned: dict[int, str] = {}
        self.next_reference = 1

    def place(self, name: str) -> int:
        return self.brand.seoul if name == "seoul" else self.brand.berlin

    def free(self, sku: str, place: str) -> int:
        here = sum(q for r, (s, q) in self.promised.items() if s == sku and self.pinned.get(r) == place)
        return self.on_hand[sku, place] - self.damaged[sku, place] - here

    def available(self, sku: str) -> int:
        whole = sum(self.on_hand[sku, p] - self.damaged[sku, p] for p in ("seoul", "berlin"))
        return whole - sum(q for s, q in self.promised.values() if s == sku)

    @rule(sku=skus, place=places, qty=st.integers(1, 9))
    def receive(self, sku: str, place: str, qty: int) -> None:
        self.change(sku, place, MovementKind.RECEIPT, on_hand=qty)
        self.on_hand[sku, place] += qty

    @rule(sku=skus, place=places, qty=st.integers(1, 5))
    def write_off(self, sku: str, place: str, qty: int) -> None:
        able = min(self.free(sku, place), self.available(sku)) >= qty
        try:
            self.change(sku, place, MovementKind.WRITE_OFF, on_hand=-qty)
        except Refused:
            assert not able
        else:
            assert able
            self.on_hand[sku, place] -= qty

    @rule(sku=skus, place=places, qty=st.integers(-3, 3))
    def damage(self, sku: str, place: str, qty: int) -> None:
        able = self.damaged[sku, place] + qty >= 0 and (
            qty <= 0 or min(self.free(sku, place), self.available(sku)) >= qty
        )
        try:
            self.change(sku, place, MovementKind.ADJUSTMENT, damaged=qty)
        except Refused:
            assert not able
        else:
            assert able or qty == 0
            self.damaged[sku, place] += qty

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
        able = lost <= 0 or min(self.free(sku, place), self.available(sku)) >= lost
        try:
            with transaction.atomic():
                counts = [Count(self.brand.variants[sku], self.place(place), counted)]
                stock.count(self.brand.ctx, counts=counts, reference="machine")
        except Refused:
            assert not able
        else:
            assert able
            self.on_hand[sku, place] = counted

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
            self.promised |= dict(zip(references, wants, strict=True))

    @rule(data=st.data(), place=places)
    def pin(self, data: st.DataObject, place: str) -> None:
        if not self.promised:
            return
        reference = data.draw(st.sampled_from(sorted(self.promised)))
        sku, qty = self.promised[reference]
        before = self.pinned.pop(reference, None)
        able = self.free(sku, place) >= qty
        try:
            with transaction.atomic():
                pin = Pin(reference, self.brand.variants[sku], self.place(place), qty)
                stock.pin(self.brand.ctx, pins=[pin])
        except Refused:
            assert not able
            if before:
                self.pinned[reference] = before
        else:
            assert able
            self.pinned[reference] = place

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if not self.promised:
            return
        reference = data.draw(st.sampled_from(sorted(self.promised)))
        _, qty = self.promised.pop(reference)
        self.pinned.pop(reference, None)
        assert stock.release(self.brand.ctx, references=[reference], reason="test") == qty
        assert stock.release(self.brand.ctx, references=[reference], reason="test") == 0

    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        if not self.pinned:
            return
        reference = data.draw(st.sampled_from(sorted(self.pinned)))
        sku, qty = self.promised.pop(reference)
        place = self.pinned.pop(reference)
        at = self.place(place)
        assert stock.ship(self.brand.ctx, references=[reference], location_id=at) == qty
        assert stock.ship(self.brand.ctx, references=[reference], location_id=at) == 0
        self.on_hand[sku, place] -= qty

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


class TestStockMachine(StockMachine.TestCase, TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
