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
from doorstep.stock import adjustments, backorders, carts, count_queries, counts, queries, safety
from doorstep.stock.counting import Choice, Chosen, Entry, Limits
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.values import (
    CartWant,
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
    Wait,
    Want,
    Why,
)
from tests.factories import NOW, Brand, make_brand

pytestmark = pytest.mark.django_db
places = st.sampled_from(["seoul", "berlin"])
skus = st.sampled_from(["A", "B"])
conditions = st.sampled_from(list(Condition))
wishes = st.lists(st.tuples(skus, st.integers(1, 4)), min_size=1, max_size=3)
TOKENS = ("t1", "t2", "t3")


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
        self.step = 0  # minutes since it began
        self.carts: dict[tuple[str, str], tuple[int, int]] = {}  # units and the step in which they end, by token and SKU
        self.ordered: set[str] = set()  # tokens that are used up
        self.waiting: dict[int, tuple[str, int]] = {}  # by reference, first come first
        self.came: set[str] = set()  # units came that those who wait were not offered
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
        held = sum(q for (_, s), (q, _) in self.carts.items() if s == sku)
        return whole - held - sum(q for (r, _), q in self.promised.items() if self.sku_of[r] == sku)

    def wanted(self, sku: str) -> int:
        return sum(q for s, q in self.waiting.values() if s == sku)

    def arrive(self, sku: str) -> None:
        if self.wanted(sku):
            self.came.add(sku)

    def drop(self, keys: list[tuple[str, str]]) -> None:
        """Units of carts are free again."""
        for key in keys:
            del self.carts[key]
            self.arrive(key[1])

    def can(self, sku: str, token: str, qty: int) -> bool:
        """Whether somebody who comes now may have so many; carts of others whose time is over end where they are needed."""

        def spare() -> int:
            own = self.carts.get((token, sku), (0, 0))[0]
            return self.available(sku) + own - (self.wanted(sku) if sku in self.came else 0)

        if spare() < qty:
            self.drop([k for k, (_, end) in self.carts.items() if k[1] == sku and end <= self.step and k[0] != token])
        return spare() >= qty

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

    def difference(self, sku: str, place: str, counted: int, step: int) -> int:
        """What a count of that step differs by: what moved since is none of it."""
        since = sum(units for at, key, units in self.moved if key == (sku, place) and at > step)
        return counted - (self.on_hand[sku, place] - since)

    def found(self, sku: str, place: str, difference: int) -> None:
        self.on_hand[sku, place] += difference
        if difference > 0:
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

    @rule(wants=wishes, token=st.sampled_from(("", "", *TOKENS)))
    def take(self, wants: list[tuple[str, int]], token: str) -> None:
        """An order comes, perhaps of a cart; one that is short waits for what it is short of."""
        needed = {sku: sum(q for s, q in wants if s == sku) for sku in sorted(dict(wants))}
        able = {sku: self.can(sku, token, q) for sku, q in needed.items()}
        references = list(range(self.next_reference, self.next_reference + len(wants)))
        self.next_reference += len(wants)
        asked = tuple(Want(r, self.brand.variants[s], q) for r, (s, q) in zip(references, wants, strict=True))
        [shorts] = stock.take(self.brand.ctx, groups=[Group(asked, cart=token)])
        assert {short.variant_id for short in shorts} == {self.brand.variants[s] for s, ok in able.items() if not ok}
        mine = [key for key in self.carts if key[0] == token]
        self.ordered |= {token} if mine else set()
        if shorts:
            self.drop(mine)
            backorders.wait(self.brand.ctx, waits=[Wait(references[0], asked, shorts, NOW)])
            self.waiting |= {r: (s, q) for r, (s, q) in zip(references, wants, strict=True) if not able[s]}
            return
        self.drop([key for key in mine if self.carts[key][0] > needed.get(key[1], 0)])
        for key in mine:
            self.carts.pop(key, None)
        for reference, (sku, qty) in zip(references, wants, strict=True):
            self.sku_of[reference] = sku
            self.move((reference, None), qty)

    @rule(wants=wishes, token=st.sampled_from(TOKENS), minutes=st.integers(1, 9))
    def hold(self, wants: list[tuple[str, int]], token: str, minutes: int) -> None:
        """A cart holds units, other ones than before, for longer."""
        needed = {sku: sum(q for s, q in wants if s == sku) for sku in sorted(dict(wants))}
        asked = [CartWant(self.brand.variants[s], q) for s, q in wants]
        until = self.brand.ctx.now + timedelta(minutes=minutes)
        if token in self.ordered:
            with pytest.raises(Refused, match="reservation_used"), transaction.atomic():
                carts.reserve(self.brand.ctx, token=token, wants=asked, until=until)
            return
        able = [self.can(sku, token, q) for sku, q in needed.items()]
        assert (carts.reserve(self.brand.ctx, token=token, wants=asked, until=until) == ()) == all(able)
        if all(able):
            self.drop([k for k, (q, _) in self.carts.items() if k[0] == token and q > needed.get(k[1], 0)])
            self.carts |= {(token, sku): (q, self.step + minutes) for sku, q in needed.items()}

    @rule(token=st.sampled_from(TOKENS))
    def give_back(self, token: str) -> None:
        mine = [key for key in self.carts if key[0] == token]
        if mine:
            units = sum(self.carts[key][0] for key in mine)
            assert carts.release(self.brand.ctx, token=token) == units
            assert carts.release(self.brand.ctx, token=token) == 0
            self.drop(mine)

    @rule(minutes=st.integers(1, 6), sweeps=st.booleans())
    def time_passes(self, minutes: int, sweeps: bool) -> None:
        self.pass_time(minutes)
        if sweeps:
            over = [key for key, (_, end) in self.carts.items() if end <= self.step]
            assert carts.expire(self.brand.ctx) == len(over)
            self.drop(over)

    @rule(sku=skus)
    def serve_who_waits(self, sku: str) -> None:
        """Units that came are offered in turn; each group of the machine waits for the lines that were short."""
        due = backorders.to_offer(self.brand.ctx, variant_ids=[self.brand.variants[sku]])
        assert due == ([self.brand.variants[sku]] if sku in self.came else [])
        for group in backorders.next_in_turn(self.brand.ctx, variant_ids=due) if due else []:
            rows = backorders.rows_of(self.brand.ctx, group_ids=[group])
            asked = tuple(Want(row.reference_id, row.variant_id, row.qty) for row in rows)
            needed = {s: sum(self.waiting[w.reference_id][1] for w in asked if self.waiting[w.reference_id][0] == s) for s in "AB"}
            for s, q in needed.items():
                if q and self.available(s) < q:
                    self.drop([k for k, (_, end) in self.carts.items() if k[1] == s and end <= self.step])
            [shorts] = stock.take(self.brand.ctx, groups=[Group(asked)], in_turn=True)
            assert (not shorts) == all(self.available(s) >= q for s, q in needed.items())
            if shorts:
                backorders.pass_over(self.brand.ctx, group_ids=[group])
                continue
            assert backorders.serve(self.brand.ctx, group_ids=[group]) == sum(needed.values())
            for want in asked:
                self.sku_of[want.reference_id] = self.waiting.pop(want.reference_id)[0]
                self.move((want.reference_id, None), want.qty)
            self.came = {s for s in self.came if self.wanted(s)}
        if sku in self.came and backorders.finish(self.brand.ctx, variant_ids=due):
            self.came.discard(sku)

    @rule(data=st.data())
    def wait_no_more(self, data: st.DataObject) -> None:
        if self.waiting:
            reference = data.draw(st.sampled_from(sorted(self.waiting)))
            assert backorders.withdraw(self.brand.ctx, references=[reference]) == self.waiting.pop(reference)[1]
            self.came = {s for s in self.came if self.wanted(s)}

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
        self.arrive(self.sku_of[reference])
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
        self.arrive(self.sku_of[reference])

    @rule(data=st.data(), qty=st.integers(1, 5))
    def ship(self, data: st.DataObject, qty: int) -> None:
        if not self.pinned():
            return
        reference, place = data.draw(st.sampled_from(self.pinned()))
        sku = self.sku_of[reference]
        gone = min(qty, self.promised[reference, place])
        unit = Want(reference, self.brand.variants[sku], qty)
        assert stock.ship(self.brand.ctx, units=[unit], location_id=self.place(place)) == gone
        kept = self.kept(sku)
        self.move((reference, place), -gone)
        self.shift(sku, place, -gone)
        if self.kept(sku) < kept:  # the place keeps fewer back, and those are free
            self.arrive(sku)
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
        was = self.kept(sku), self.available(sku)
        self.move((reference, place), -qty)
        self.on_hand[sku, place] -= gone
        if self.kept(sku) < was[0] and self.available(sku) > was[1]:
            self.arrive(sku)
        if again and self.can(sku, "", qty):
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
            assert (pool[variant].waiting, pool[variant].to_serve) == (self.wanted(sku), sku in self.came)
        for level in queries.levels_of(self.brand.ctx, variant_ids=list(self.brand.variants.values())):
            place = "seoul" if level.location_id == self.brand.seoul else "berlin"
            sku = next(s for s, v in self.brand.variants.items() if v == level.variant_id)
            assert level.free == self.free(sku, place)
        assert order_queries.list_ids(self.brand.ctx, where=order_queries.OrderFilter()) == []
        levels = queries.levels_of(self.brand.ctx, variant_ids=list(self.brand.variants.values()))
        self.seen.append((self.brand.ctx.now, pool, levels))
        self.pass_time(1)

    def pass_time(self, minutes: int) -> None:
        later = replace(self.brand.ctx, now=self.brand.ctx.now + timedelta(minutes=minutes))
        self.brand = replace(self.brand, ctx=later)
        self.step += minutes

    def teardown(self) -> None:
        """The ledger tells every past moment as it was seen then."""
        for at, pool, levels in getattr(self, "seen", []):
            then = queries.as_of(self.brand.ctx, variant_ids=list(pool), at=at)
            assert then.pool == {v: replace(row, kept_everywhere=0, waiting=0, to_serve=False) for v, row in pool.items()}
            told = {(row.variant_id, row.location_id): row for row in then.levels}
            for level in levels:
                key = level.variant_id, level.location_id
                assert (told.get(key) or LevelRow(*key, 0, 0, 0, 0, "")) == replace(
                    level, bin="", recount_since=None, counted_at=None, safety_stock=level.kept
                )


class TestStockMachine(StockMachine.TestCase, TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
