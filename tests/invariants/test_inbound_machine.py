"""Any order of deliveries, transfers and lots keeps the books, and what is incoming is what is still to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.stock import actions as stock
from doorstep.stock import deliveries, lots, queries, transfers
from doorstep.stock.inbound.values import Arrived, Condition, DeliveryDraft, LineDraft, TransferDraft
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.tracked import reads
from doorstep.stock.tracked.values import Labelled, LotFilter
from doorstep.stock.values import Count, Group, Pin, Want
from tests.factories import NOW, Brand, make_brand

pytestmark = pytest.mark.django_db
skus = st.sampled_from("ABC")  # A has lots, B has serial numbers, C has neither
places = st.sampled_from(["seoul", "berlin"])
units = st.integers(1, 6)
conditions = st.sampled_from(Condition)


class InboundMachine(RuleBasedStateMachine):
    """A brand with two places; the model knows what was announced, what was sent, and what came of it."""

    @initialize()
    def begin(self) -> None:
        self.brand: Brand = make_brand(stock_each=0, skus=("A", "B", "C"))
        for sku, by_lot in (("A", True), ("B", False)):
            lots.set_tracking(self.brand.ctx, variant_id=self.brand.variants[sku], by_lot=by_lot, by_serial=not by_lot)
        self.open: dict[int, Counter[str]] = {}  # units that a delivery still brings
        self.on_way: dict[int, Counter[str]] = {}
        self.next = 0

    def fresh(self) -> str:
        self.next += 1
        return f"machine-{self.next}"

    def place(self, name: str) -> int:
        return self.brand.seoul if name == "seoul" else self.brand.berlin

    def able(self, does: Callable[[], object]) -> bool:
        """Whether it was done; a refusal leaves nothing behind."""
        try:
            with transaction.atomic():
                does()
        except Refused:
            return False
        return True

    def lines(self, wanted: dict[str, int]) -> tuple[LineDraft, ...]:
        return tuple(LineDraft(self.brand.variants[sku], qty) for sku, qty in sorted(wanted.items()))

    def arrived(self, sku: str, qty: int, condition: Condition, days: int) -> Arrived:
        serials = tuple(f"S{self.next}-{n}" for n in range(qty)) if sku == "B" else ()
        lot, on = (f"L{days}", NOW.date() + timedelta(days=days)) if sku == "A" else ("", None)
        return Arrived(self.fresh(), qty, sku, condition=condition, reason="more", lot=lot, expires_on=on, serials=serials)

    @rule(wanted=st.dictionaries(skus, units, min_size=1), place=places)
    def expect(self, wanted: dict[str, int], place: str) -> None:
        draft = DeliveryDraft("Mill", self.fresh(), self.place(place), self.lines(wanted))
        self.open[deliveries.expect(self.brand.ctx, draft=draft)] = Counter(wanted)

    @rule(data=st.data(), sku=skus, qty=units, condition=conditions, days=st.integers(-2, 2), again=st.booleans())
    def receive(self, data: st.DataObject, sku: str, qty: int, condition: Condition, days: int, again: bool) -> None:
        if not self.open:
            return
        id = data.draw(st.sampled_from(sorted(self.open)))
        one = self.arrived(sku, qty, condition, days)
        for _ in range(1 + again):
            [answer] = deliveries.receive(self.brand.ctx, delivery_id=id, arrived=[one])
            assert answer.problem == ""
        assert answer.over == max(qty - self.open[id][sku], 0)
        was = self.open[id][sku]
        self.open[id][sku] = max(was - qty, 0)
        if data.draw(st.booleans()) and was >= qty:
            verb = lambda: deliveries.take_back(self.brand.ctx, delivery_id=id, client_id=one.client_id)  # noqa: E731
            if self.able(verb):
                self.open[id][sku] = was

    @rule(data=st.data())
    def close_delivery(self, data: st.DataObject) -> None:
        if not self.open:
            return
        id = data.draw(st.sampled_from(sorted(self.open)))
        done = self.able(lambda: deliveries.close_short(self.brand.ctx, delivery_id=id, reason="no more"))
        assert done == bool(self.open[id].total())
        if done:
            del self.open[id]

    @rule(wanted=st.dictionaries(skus, units, min_size=1), away=st.booleans())
    def send(self, wanted: dict[str, int], away: bool) -> None:
        origin, to = (self.brand.seoul, self.brand.berlin) if away else (self.brand.berlin, self.brand.seoul)
        id = transfers.draft(self.brand.ctx, transfer=TransferDraft(origin, to, self.lines(wanted)))
        levels = queries.levels_of(self.brand.ctx, variant_ids=list(self.brand.variants.values()))
        free = {at.variant_id: at.free for at in levels if at.location_id == origin}
        pool = queries.pool_of(self.brand.ctx, variant_ids=list(self.brand.variants.values()))
        variants = self.brand.variants
        enough = all(min(free.get(variants[s], 0), pool[variants[s]].spare) >= q for s, q in wanted.items())
        assert self.able(lambda: transfers.ship(self.brand.ctx, transfer_id=id)) == enough
        if enough:
            self.on_way[id] = Counter(wanted)

    @rule(data=st.data(), sku=skus, qty=units, condition=conditions)
    def arrive(self, data: st.DataObject, sku: str, qty: int, condition: Condition) -> None:
        if not self.on_way:
            return
        id = data.draw(st.sampled_from(sorted(self.on_way)))
        one = Arrived(self.fresh(), qty, sku, condition=condition)
        [answer] = transfers.receive(self.brand.ctx, transfer_id=id, arrived=[one])
        assert (answer.problem == "") == (qty <= self.on_way[id][sku])
        if not answer.problem and data.draw(st.booleans()):
            verb = lambda: transfers.take_back(self.brand.ctx, transfer_id=id, client_id=one.client_id)  # noqa: E731
            assert self.able(verb)
            return
        if not answer.problem:
            self.on_way[id][sku] -= qty
            if not self.on_way[id].total():
                del self.on_way[id]

    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        if not self.on_way:
            return
        id = data.draw(st.sampled_from(sorted(self.on_way)))
        lost = transfers.close_short(self.brand.ctx, transfer_id=id, reason="fell off")
        assert lost == self.on_way.pop(id).total()

    @rule(sku=skus, qty=units, place=places)
    def sell(self, sku: str, qty: int, place: str) -> None:
        """Promised, pinned and shipped, as far as there is stock; no lot is asked for."""
        self.next += 1
        reference, variant = self.next, self.brand.variants[sku]
        want = Want(reference, variant, qty)
        [short] = stock.take(self.brand.ctx, groups=[Group((want,))])
        if short:
            return
        pin = Pin(reference, variant, self.place(place), qty)
        if self.able(lambda: stock.pin(self.brand.ctx, pins=[pin])):
            assert stock.ship(self.brand.ctx, units=[want], location_id=self.place(place)) == qty

    @rule(sku=skus, place=places, counted=st.integers(0, 8))
    def count(self, sku: str, place: str, counted: int) -> None:
        counts = [Count(self.brand.variants[sku], self.place(place), counted)]
        self.able(lambda: stock.count(self.brand.ctx, counts=counts, reference="machine"))

    @rule(data=st.data(), place=places, qty=units, off=st.booleans())
    def set_aside_or_write_off(self, data: st.DataObject, place: str, qty: int, off: bool) -> None:
        here = reads.list_lots(self.brand.ctx, where=LotFilter())
        if here:
            lot = data.draw(st.sampled_from([row.id for row in here]))
            verb = lots.write_off if off else lots.set_aside
            self.able(lambda: verb(self.brand.ctx, lot_id=lot, location_id=self.place(place), qty=qty, reason="old"))

    @rule(place=places, qty=units)
    def assign(self, place: str, qty: int) -> None:
        variant, at = self.brand.variants["A"], self.place(place)
        without = sum(w.lot for w in reads.without_lot(self.brand.ctx, variant_ids=[variant]) if w.location_id == at)
        unit = Labelled(variant, at, qty, "L9")
        assert self.able(lambda: lots.assign(self.brand.ctx, unit=unit)) == (qty <= without)

    @invariant()
    def the_books_agree_with_the_model(self) -> None:
        if not hasattr(self, "brand"):
            return
        assert [(b.invariant.name, b.examples) for b in check(INVARIANTS)] == []
        coming: Counter[str] = Counter()
        for left in (*self.open.values(), *self.on_way.values()):
            coming.update(left)
        skus = {id: sku for sku, id in self.brand.variants.items()}
        told: Counter[str] = Counter()
        for row in queries.incoming_of(self.brand.ctx, variant_ids=None):
            told[skus[row.variant_id]] += row.qty
        assert +told == +coming


class TestInboundMachine(InboundMachine.TestCase, TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
