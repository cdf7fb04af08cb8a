"""Channels that have their units apart never sell what is not there, whatever is lost or late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.channels import actions as channels
from doorstep.channels import apart, exposures, listings
from doorstep.channels.exposure import Rule
from doorstep.channels.port import ListedItem, Stale, Taken, shops
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import expose, intake
from doorstep.orders import queries
from doorstep.orders.placing import Accepted
from doorstep.providers.sandbox_shop.client import SandboxShop
from doorstep.stock import queries as stock
from doorstep.worker import dispatch
from tests.exposing import Shown, shown
from tests.factories import Brand, draft, make_brand, place, receive

__all__ = ["shown"]


@pytest.mark.django_db
def test_what_is_set_aside_is_sold_by_nobody_else_and_an_order_takes_its_own(shown: Shown) -> None:
    expose.set_rule(shown.ctx, connection_id=shown.connection.id, rule=Rule(share_pct=50, apart=True))
    shown.sync(timedelta(minutes=-1))
    assert shown.there() == dict.fromkeys("ABCD", 10)
    pool = stock.pool_of(shown.ctx, variant_ids=list(shown.brand.variants.values()))
    assert {row.available for row in pool.values()} == {10}
    place(shown.ctx, draft([("A", 10)]))  # all that is left for others
    shown.sells("A", 10)
    shown.hear()
    (order,) = [o for o in queries.list_orders(shown.ctx, where=queries.OrderFilter(), limit=5) if o.connection_id]
    assert queries.get(shown.ctx, id=order.id).holds == []
    shown.sync()
    assert shown.there()["A"] == 0
    assert check(all_invariants()) == []


@pytest.mark.django_db
def test_a_lower_share_gives_back_only_once_the_channel_took_it_and_its_orders_are_known(shown: Shown) -> None:
    expose.set_rule(shown.ctx, connection_id=shown.connection.id, rule=Rule(share_pct=100, apart=True))
    shown.sync(timedelta(minutes=-2))
    expose.set_rule(shown.ctx, connection_id=shown.connection.id, rule=Rule(share_pct=25, apart=True))
    id = shown.listing("A")
    assert apart.held(shown.ctx, listing_ids=[id]) == {id: 20}
    shown.sync(timedelta(minutes=-1))
    assert shown.there()["A"] == 5
    assert apart.held(shown.ctx, listing_ids=[id]) == {id: 20}
    shown.hear()
    assert apart.held(shown.ctx, listing_ids=[id]) == {id: 5}
    expose.set_rule(shown.ctx, connection_id=shown.connection.id, rule=Rule(apart=False))
    assert apart.held(shown.ctx, listing_ids=[id]) == {}
    assert check(all_invariants()) == []


@pytest.mark.django_db
def test_what_a_shop_has_sold_when_it_is_read_is_not_offered_once_more_before_its_orders_come(shown: Shown) -> None:
    expose.set_rule(shown.ctx, connection_id=shown.connection.id, rule=Rule(share_pct=100, apart=True))
    shown.sync(timedelta(minutes=-1))
    shown.sells("A", 4)
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    assert expose.push(lambda: shown.ctx, connection_id=shown.connection.id, go_on=lambda: True) == 0
    assert shown.there()["A"] == 16
    shown.hear()
    shown.sync()
    assert shown.there()["A"] == 16


class PlainShop(SandboxShop):
    """One that takes a number whatever it shows."""

    can = replace(SandboxShop.can, compares=False)


shops.register("plain_shop", PlainShop)


class Vendor:
    """A shop that shows numbers, sells down to none, and whose orders come whenever they come."""

    def __init__(self, brand: Brand, name: str, pct: int, *, compares: bool) -> None:
        provider = "sandbox_shop" if compares else "plain_shop"
        row = channels.connect(brand.ctx, provider=provider, name=name, url="http://127.0.0.1:9")
        self.id, self.compares = row.id, compares
        expose.set_rule(brand.ctx, connection_id=self.id, rule=Rule(share_pct=pct, apart=True))
        item = ListedItem("A", "A", "A", "", "Thing", None)
        expose.note(brand.ctx, connection_id=self.id, items=[item], since=brand.ctx.now)
        self.shows, self.sold = 0, 0
        self.waiting: dict[int, tuple[int, datetime]] = {}


class Partitioned(RuleBasedStateMachine):
    """Two vendors with 60 and 40 per cent; their sales are heard later, in any order; others buy through the API meanwhile."""

    @initialize()
    def begin(self) -> None:
        self.brand = make_brand(skus="A", stock_each=15)
        self.moment = datetime.now(UTC)
        self.vendors = [
            Vendor(self.brand, "First", 60, compares=True), Vendor(self.brand, "Second", 40, compares=False),
        ]  # fmt: skip

    @property
    def ctx(self) -> Ctx:
        self.moment += timedelta(seconds=30)
        return replace(self.brand.ctx, now=self.moment)

    @rule()
    def follow(self) -> None:
        """Stock is followed."""
        ids = [id for v in self.vendors for id in listings.ids_of(self.ctx, connection_id=v.id)]
        expose.refresh(self.ctx, listing_ids=ids)

    @rule(which=st.integers(0, 1), sells_meanwhile=st.integers(0, 3), is_lost=st.booleans())
    def tell(self, which: int, sells_meanwhile: int, is_lost: bool) -> None:
        """A number is told; the shop sells while it is under way, and the answer may get lost."""
        vendor = self.vendors[which]
        claimed = exposures.claim(self.ctx, connection_id=vendor.id, limit=10)
        self._sell(vendor, sells_meanwhile)
        for one in claimed:
            stale = vendor.compares and one.shows not in (None, vendor.shows)
            answer = Stale(vendor.shows) if stale else Taken()
            vendor.shows = vendor.shows if stale else one.number
            if is_lost:
                exposures.let_go(self.ctx, connection_id=vendor.id)
            else:
                exposures.settle(self.ctx, told=[(one, answer)], compared=vendor.compares)
                expose.refresh(self.ctx, listing_ids=[one.listing_id])

    @rule(which=st.integers(0, 1))
    def read(self, which: int) -> None:
        """A shop is asked what it offers and shows."""
        vendor = self.vendors[which]
        item = ListedItem("A", "A", "A", "", "Thing", vendor.shows)
        expose.note(self.ctx, connection_id=vendor.id, items=[item], since=self.moment)

    @rule(which=st.integers(0, 1), qty=st.integers(1, 6))
    def sell(self, which: int, qty: int) -> None:
        self._sell(self.vendors[which], qty)

    def _sell(self, vendor: Vendor, qty: int) -> None:
        qty = min(qty, vendor.shows)
        if qty:
            vendor.shows -= qty
            vendor.sold += 1
            vendor.waiting[vendor.sold] = qty, self.ctx.now

    @rule(which=st.integers(0, 1))
    def hear(self, which: int) -> None:
        """A webhook comes, at last: the newest sale first."""
        vendor = self.vendors[which]
        if vendor.waiting:
            number = max(vendor.waiting)
            self._take(vendor, number, *vendor.waiting.pop(number))

    def _take(self, vendor: Vendor, number: int, qty: int, at: datetime) -> None:
        one = draft([("A", qty)], external_id=f"{vendor.id}-{number}", connection_id=vendor.id)
        one = replace(one, placed_at=at)
        [taken] = expose.take_apart(self.ctx, [one])
        [answer] = intake.accept(self.ctx, [taken])
        assert isinstance(answer, Accepted)
        dispatch.drain()
        holds = queries.get(self.ctx, id=answer.order_id).holds
        assert holds == [], "a channel sold what is not there"

    @rule(which=st.integers(0, 1))
    def reconcile(self, which: int) -> None:
        """All orders of a shop are fetched, and then what it cannot sell any more is given back."""
        vendor, began = self.vendors[which], self.ctx.now
        for number in sorted(vendor.waiting):
            self._take(vendor, number, *vendor.waiting[number])
        vendor.waiting.clear()
        expose.give_back_apart(replace(self.brand.ctx, now=began), connection_id=vendor.id)

    @rule(qty=st.integers(1, 4))
    def buy_here(self, qty: int) -> None:
        """Somebody buys through the API: promised, or held for stock; never from what is set aside."""
        place(self.ctx, draft([("A", qty)]))

    @rule(qty=st.integers(1, 5))
    def arrive(self, qty: int) -> None:
        receive(self.ctx, self.brand.variants["A"], self.brand.seoul, qty)

    @invariant()
    def all_shown_lies_there(self) -> None:
        if hasattr(self, "vendors"):
            [pool] = stock.pool_of(self.brand.ctx, variant_ids=[self.brand.variants["A"]]).values()
            could_come = sum(v.shows + sum(qty for qty, _ in v.waiting.values()) for v in self.vendors)
            assert could_come <= pool.reserved, "channels can sell more than is set aside"


class TestPartitioned(TestCase, Partitioned.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(
        max_examples=10, stateful_step_count=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
    )
