"""What is promised to orders and carts, and who waits: rules of the stock machine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from doorstep.base.refusals import Refused
from doorstep.stock import actions as stock
from doorstep.stock import backorders, carts
from doorstep.stock.values import CartWant, Group, Pin, Wait, Want
from tests.factories import NOW
from tests.invariants.stock_books import Books, places, skus

wishes = st.lists(st.tuples(skus, st.integers(1, 4)), min_size=1, max_size=3)
TOKENS = ("t1", "t2", "t3")


class Promises(Books):
    """Taken, held, waited for, routed, given back, shipped."""

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

    @rule(data=st.data(), qty=st.integers(1, 5))
    def unpin(self, data: st.DataObject, qty: int) -> None:
        """It is open again from where promised units come."""
        if not self.pinned():
            return
        reference, place = data.draw(st.sampled_from(self.pinned()))
        left = min(qty, self.promised[reference, place])
        want = Want(reference, self.brand.variants[self.sku_of[reference]], qty)
        assert stock.unpin(self.brand.ctx, wants=[want], location_id=self.place(place)) == left
        self.move((reference, place), -left)
        self.move((reference, None), left)

    @rule(data=st.data(), qty=st.integers(1, 5))
    def release_from_a_place(self, data: st.DataObject, qty: int) -> None:
        if not self.promised:
            return
        reference, place = data.draw(st.sampled_from(sorted(self.promised, key=str)))
        want = Want(reference, self.brand.variants[self.sku_of[reference]], qty)
        at, given = self.place(place) if place else None, min(qty, self.promised[reference, place])
        assert stock.release_from(self.brand.ctx, wants=[want], location_id=at, reason="test") == given
        self.move((reference, place), -given)
        self.arrive(self.sku_of[reference])
