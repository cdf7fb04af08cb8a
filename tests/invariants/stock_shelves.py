"""What happens to units on their shelves: rules of the stock machine."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from doorstep.base.refusals import Refused
from doorstep.stock import actions as stock
from doorstep.stock import adjustments, count_queries, counts, safety
from doorstep.stock.counting import Choice, Chosen, Entry
from doorstep.stock.values import Condition, Count, Group, Keep, MovementKind, Pin, Reason, Turn, Want, Why
from tests.invariants.stock_books import Books, places, skus

conditions = st.sampled_from(list(Condition))


class Shelves(Books):
    """Received, harmed, counted, kept back, lost."""

    @rule(sku=skus, place=places, qty=st.integers(1, 9))
    def receive(self, sku: str, place: str, qty: int) -> None:
        self.change(sku, place, MovementKind.RECEIPT, on_hand=qty)
        self.shift(sku, place, qty)
        self.arrive(sku)

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
            if qty < 0:
                self.arrive(sku)

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
        if to is Condition.SELLABLE:
            self.arrive(sku)

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
            self.found(sku, place, -lost)

    @rule(sku=skus, place=places | st.none(), qty=st.integers(0, 6))
    def keep_back(self, sku: str, place: str | None, qty: int) -> None:
        at, was = self.place(place) if place else None, self.kept(sku)
        safety.keep_back(self.brand.ctx, keeps=[Keep(self.brand.variants[sku], at, qty)])
        if place:
            self.wish[sku, place] = qty
        else:
            self.kept_everywhere[sku] = qty
        if self.kept(sku) < was:
            self.arrive(sku)

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
        self.found(sku, place, difference if booked else 0)

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
        self.found(sku, place, difference)
        self.counted[sku, place] = ("booked", counted, step)
        if len([key for key in self.counted if key[1] == place and self.counted[key][0] == "booked"]) == 2:
            chosen = Chosen(Choice.VARIANTS, tuple(self.brand.variants.values()))
            self.sheets[place] = counts.open_sheet(self.brand.ctx, location_id=self.place(place), chosen=chosen)
            self.counted = {key: told for key, told in self.counted.items() if key[1] != place}

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
        was = self.kept(sku), self.available(sku)
        self.move((reference, place), -qty)
        self.on_hand[sku, place] -= gone
        if self.kept(sku) < was[0] and self.available(sku) > was[1]:
            self.arrive(sku)
        if again and self.can(sku, "", qty):
            want = Want(reference, self.brand.variants[sku], qty)
            assert stock.take(self.brand.ctx, groups=[Group((want,))]) == [()]
            self.move((reference, None), qty)
