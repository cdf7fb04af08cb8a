"""A shop that says what nobody foresaw, or whose clock was set wrong, costs no other shop anything, nor itself for long."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from doorstep.base.ctx import Ctx
from doorstep.channels import queries, told
from doorstep.channels.port import Capabilities, ListedItem, ListedOrder, OrderPage, RefundPage, ReturnStep, ShopFact
from doorstep.channels.values import ConnectionRow
from doorstep.flows import expose, fetch_refunds, promises, reconcile
from doorstep.worker import forgetting, sync, upkeep
from tests.api.shop import connect_shop
from tests.factories import Brand, make_brand

pytestmark = pytest.mark.django_db


class Shop:
    """Lists one order, and remembers since when it was asked."""

    can = Capabilities(lists_orders=True, takes_shipments=False, takes_returns=False)

    def __init__(self, changed_at: datetime) -> None:
        self.order = ListedOrder("1", changed_at, called_off=False, paid=True, body=b"{}")
        self.asked: list[datetime | None] = []

    def list_orders(self, *, since: datetime | None, after: str) -> OrderPage:
        self.asked.append(since)
        return OrderPage([self.order], None)

    def read_webhook(self, body: bytes) -> Sequence[ShopFact]:
        return []


class Strange(Shop):
    """Answers what its adapter was not made for."""

    refunds_late, refunds_kept, returns_at_once = timedelta(days=1), timedelta(days=30), 10

    def list_orders(self, *, since: datetime | None, after: str) -> OrderPage:
        raise AttributeError("nobody foresaw this")

    def list_refunds(self, *, since: datetime, after: str) -> RefundPage:
        raise AttributeError("nobody foresaw this")

    def return_steps(self, return_ids: Sequence[str]) -> dict[str, ReturnStep]:
        raise AttributeError("nobody foresaw this")


class Fine(Strange):
    """Gave nothing back, and follows no returns."""

    def list_refunds(self, *, since: datetime, after: str) -> RefundPage:
        self.asked.append(since)
        return RefundPage([], None)

    def return_steps(self, return_ids: Sequence[str]) -> dict[str, ReturnStep]:
        return {}


def in_place_of(monkeypatch: pytest.MonkeyPatch, shops: dict[int, Any]) -> None:
    monkeypatch.setattr(queries, "shop_of", lambda _ctx, *, connection: shops[connection.id])


def now(brand: Brand, connection: ConnectionRow) -> ConnectionRow:
    return queries.get(brand.ctx, connection_id=connection.id)


def test_a_shop_that_says_what_nobody_foresaw_is_marked_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    first, second = connect_shop(brand, "First"), connect_shop(brand, "Second")
    fine = Shop(brand.ctx.now)
    in_place_of(monkeypatch, {first.id: Strange(brand.ctx.now), second.id: fine})
    assert reconcile.reconcile(brand.ctx) == 1
    assert now(brand, first).problem == "AttributeError: nobody foresaw this"
    assert (now(brand, second).problem, fine.asked) == ("", [None])


def test_a_clock_that_was_set_wrong_hides_nothing_that_comes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    ctx = replace(brand.ctx, now=datetime.now(UTC))
    connection = connect_shop(brand)
    shop = Shop(ctx.now + timedelta(days=365))
    in_place_of(monkeypatch, {connection.id: shop})
    for _ in range(2):
        reconcile.reconcile(ctx)
    [begun, again] = shop.asked
    assert begun is None
    assert again == ctx.now + told.AHEAD - reconcile.OVERLAP


def test_a_brand_whose_stock_cannot_be_followed_keeps_the_channels_of_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_brand(), make_brand()
    for brand in (first, second):
        item = ListedItem("A", "A", "A", barcode="", title="A", number=None)
        expose.note(brand.ctx, connection_id=connect_shop(brand).id, items=[item], since=brand.ctx.now)
    asked = []

    def follow(ctx: Ctx) -> int:
        asked.append(ctx.organisation_id)
        if ctx.organisation_id == first.ctx.organisation_id:
            raise ValueError("nobody foresaw this")
        return 3

    monkeypatch.setattr(expose, "follow", follow)
    assert sync.follow_all() == 3
    assert asked == [first.ctx.organisation_id, second.ctx.organisation_id]


def test_a_shop_whose_refunds_nobody_can_read_is_marked_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    first, second = connect_shop(brand, "First"), connect_shop(brand, "Second")
    fine = Fine(brand.ctx.now)
    in_place_of(monkeypatch, {first.id: Strange(brand.ctx.now), second.id: fine})
    assert fetch_refunds.fetch(brand.ctx) == 0
    assert now(brand, first).problem == "AttributeError: nobody foresaw this"
    assert (now(brand, second).problem, len(fine.asked)) == ("", 1)


def test_a_brand_for_which_a_timer_stumbles_keeps_it_from_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_brand(), make_brand()
    looked = []

    def review_all(ctx: Ctx) -> int:
        looked.append(ctx.organisation_id)
        if ctx.organisation_id == first.ctx.organisation_id:
            raise ValueError("nobody foresaw this")
        return 0

    monkeypatch.setattr(promises, "review_all", review_all)
    upkeep.review_promises()
    assert looked == [first.ctx.organisation_id, second.ctx.organisation_id]


def test_a_database_that_is_away_is_no_trouble_of_one_brand(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = make_brand(), make_brand()
    looked = []

    def review_all(ctx: Ctx) -> int:
        looked.append(ctx.organisation_id)
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(promises, "review_all", review_all)
    with pytest.raises(OperationalError):
        upkeep.review_promises()
    assert looked == [first.ctx.organisation_id]


def test_timers_go_through_brands_one_alone_after_the_other() -> None:
    for of in (upkeep, forgetting):
        assert "list_organisations" not in inspect.getsource(of)
