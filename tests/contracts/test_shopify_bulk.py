"""A large shop at Shopify is read by a bulk operation; what fails, is cut or runs already is met."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from doorstep.base.refusals import Refused
from doorstep.channels.port import ListedItem, ShopPort
from doorstep.providers.shopify import bulk, queries
from doorstep.providers.shopify.translate import bulk as lines
from tests.contracts.shopify import Connected, connect
from tests.factories import make_brand
from tests.sandbox.conftest import Server, running

pytestmark = pytest.mark.django_db
MANY = 12_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    plain = {"price": "1.00", "currency": "EUR"}
    offered = [{"sku": f"S{n}", "title": f"Thing {n}", "available": {"Main": n % 7}, **plain} for n in range(MANY)]
    with running("shopify", tmp_path_factory.mktemp("shopify"), "--hold-s", "0.1") as server:
        assert server.http.put("/admin/catalog", json=offered, timeout=60).status_code == 200
        yield server


@pytest.fixture
def here(shop: Server) -> Connected:
    shop.post("/admin/faults", {})
    return connect(make_brand(skus="A"), shop)


def read(port: ShopPort) -> list[ListedItem]:
    found: list[ListedItem] = []
    after: str | None = ""
    while after is not None:
        page = port.list_listings(after=after)
        found += page.items
        assert page.asked_at is None or page.asked_at <= datetime.now(UTC)
        after = page.next_after
    return found


def test_twelve_thousand_variants_are_read_within_the_documented_allowance(here: Connected) -> None:
    before = here.shop.get("/admin/bucket")
    began = time.monotonic()
    items = read(here.port)
    took, after = time.monotonic() - began, here.shop.get("/admin/bucket")
    assert (before["rate"], before["size"]) == (100, 2000)
    assert {(item.sku, item.number) for item in items} == {(f"S{n}", n % 7) for n in range(MANY)}
    assert len({item.id for item in items}) == MANY
    assert before["left"] - after["left"] < 100
    assert took < 100  # page by page they cost 46,560 points, of which a hundred come back in a second


def test_what_runs_already_is_joined_and_a_process_that_takes_over_reads_on(
    here: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "WAITS_S", (0.0,))
    one, other = here.port, connect(make_brand(skus="A"), here.shop).port
    begun = one.list_listings(after="")
    assert other.list_listings(after="").next_after == begun.next_after
    after = begun.next_after
    while after is not None and "#500#" not in after:
        after = one.list_listings(after=after).next_after
    assert after is not None
    assert [item.sku for item in other.list_listings(after=after).items][:2] == ["S500", "S501"]


def give_up(here: Connected) -> None:
    """Reads on until the house asks for pages instead, and finds nothing meanwhile."""
    after = here.port.list_listings(after="").next_after
    while after is not None and after != bulk.BY_PAGES:
        page = here.port.list_listings(after=after)
        assert page.items == []
        after = page.next_after
    assert after == bulk.BY_PAGES


def test_one_that_fails_is_read_by_pages_and_none_counts_as_gone(here: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "WAITS_S", (0.0,))
    here.shop.post("/admin/faults", {"bulk_failed": 1})
    give_up(here)
    page = here.port.list_listings(after=bulk.BY_PAGES)
    assert [item.sku for item in page.items] == [f"S{n}" for n in range(queries.VARIANTS_AT_ONCE)]
    assert page.next_after is not None


@pytest.mark.parametrize("fault", ["bulk_cut", "bulk_twice"])
def test_a_file_that_is_not_whole_is_read_again_and_then_by_pages(
    here: Connected, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(bulk, "WAITS_S", (0.0,))
    here.shop.post("/admin/faults", {fault: 1})
    give_up(here)
    download, tried = bulk.Bulk._download, []

    def once_harmed(self: bulk.Bulk, one: Any) -> list[ListedItem]:
        tried.append(one["id"])
        if len(tried) > 1:
            here.shop.post("/admin/faults", {})
        return download(self, one)

    monkeypatch.setattr(bulk.Bulk, "_download", once_harmed)
    assert len(read(here.port)) == MANY
    assert len(tried) == 2


ITEM = {"id": "gid://shopify/InventoryItem/2"}
OF_A = {"id": "gid://shopify/ProductVariant/1", "sku": "A", "barcode": None, "displayName": "A"}
VARIANT = json.dumps({**OF_A, "inventoryItem": {**ITEM, "tracked": True}})
OTHER = json.dumps({**OF_A, "inventoryItem": {"id": "gid://shopify/InventoryItem/3", "tracked": True}})
PLACE = {"id": "gid://shopify/Location/4", "name": "Main"}
SHOWS = [{"name": "available", "quantity": 5}]
OF_A_LEVEL = {"id": "gid://shopify/InventoryLevel/3?inventory_item_id=2", "item": ITEM}
LEVEL = json.dumps({**OF_A_LEVEL, "location": PLACE, "quantities": SHOWS})


def test_levels_may_come_before_what_they_are_of() -> None:
    for told in ([VARIANT, LEVEL], [LEVEL, "", VARIANT]):
        assert [(one.id, one.number) for one in lines.read_listings(told, objects=2, roots=1, location="")] == [("2@4", 5)]
    assert [(one.id, one.number) for one in lines.read_listings([VARIANT], objects=1, roots=1, location="")] == [("2@", None)]


@pytest.mark.parametrize(
    "told",
    [[VARIANT], [LEVEL, LEVEL], [VARIANT, VARIANT], [VARIANT, LEVEL[:-9]], [VARIANT, '{"id": "x"}'], [VARIANT, "[]"],
     [VARIANT, OTHER]],
)  # fmt: skip
def test_what_is_not_whole_is_refused(told: list[str]) -> None:
    """A line that came twice hides none that did not come."""
    with pytest.raises(Refused, match="unreadable"):
        lines.read_listings(told, objects=2, roots=1, location="")


def test_a_line_that_came_twice_counts_once() -> None:
    (one,) = lines.read_listings([VARIANT, LEVEL, LEVEL, VARIANT], objects=2, roots=1, location="")
    assert (one.id, one.number) == ("2@4", 5)


@pytest.mark.parametrize(
    "line", ["[" * 100_000, '{"inventoryItem": null}', '{"inventoryItem": {}}', '{"item": 3}', '{"item": {"id": "x"}}']
)
def test_a_line_of_another_shape_is_refused(line: str) -> None:
    with pytest.raises(Refused, match="unreadable"):
        lines.read_listings([line], objects=1, roots=1, location="")
