"""The Shopify adapter against a process that keeps Shopify's limits: what is told, compared, lost and told again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.invariants import INVARIANTS
from doorstep.channels.port import (
    Declined,
    Gone,
    Number,
    OrderCalledOff,
    OrderTold,
    Refunded,
    RefundTold,
    Shipped,
    Stale,
    Taken,
)
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import expose, reconcile
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.providers.shopify import queries as texts
from doorstep.worker import dispatch
from tests.contracts.shopify import Connected, as_webhook, connect
from tests.factories import make_brand
from tests.sandboxes import Server


@pytest.fixture
def here(db: None, shopify: Server) -> Connected:
    return connect(make_brand(skus="ABCD", stock_each=100), shopify)


def test_every_order_is_read_alike_from_a_list_and_from_a_webhook(here: Connected) -> None:
    here.sells(count=20, seed=3)
    here.sells(lines=[{"sku": "B", "quantity": 2, "discount": "3.00"}, {"sku": "B"}], discount="7.77", shipping="5.90",
               shipping_discount="1.00", tip="2.00", duties="4.00", fees="0.35", country="US", note="문 앞에")  # fmt: skip
    here.sells(lines=[{"sku": "C"}, {"title": "Engraving", "price": "5.00", "requires_shipping": False}], shipping_address=None)
    said = {str(order["id"]): order for order in here.shop.get("/admin/orders?limit=100")["orders"]}
    listed = here.drafts()
    assert listed.keys() == said.keys()
    assert len(listed) == 22
    for id, order in said.items():
        (told, *_) = here.port.read_webhook(as_webhook(order))
        assert isinstance(told, OrderTold)
        assert told.draft == listed[id]
        assert str(told.draft.total_minor) == order["total_price"].replace(".", "").lstrip("0")
        assert told.items == tuple(str(line["variant_id"]) for line in order["line_items"] if line["variant_id"])


def test_paging_skips_none_though_orders_change_meanwhile(here: Connected) -> None:
    placed = here.sells(count=20, lines=[{"sku": "C"}])["orders"]
    since = datetime.now(UTC) - timedelta(minutes=1)
    seen, page = [], here.port.list_orders(since=since, after="")
    here.shop.http.put(f"/admin/orders/{placed[10]['id']}", json={"note": "changed while somebody pages"})
    while True:
        seen += [one.external_id for one in page.orders]
        if page.next_after is None:
            break
        page = here.port.list_orders(since=since, after=page.next_after)
    assert set(seen) == {str(order["id"]) for order in placed}
    assert len(page.orders) <= texts.ORDERS_AT_ONCE
    assert list(here.port.list_orders(since=datetime.now(UTC) + timedelta(minutes=1), after="").orders) == []


def test_orders_without_postcode_or_address_are_taken_and_go_nowhere_by_themselves(here: Connected) -> None:
    here.sells(lines=[{"sku": "C"}], shipping_address={"zip": None, "city": "Hong Kong", "country_code": "HK"})
    here.sells(lines=[{"sku": "C"}], shipping_address=None)
    assert reconcile.reconcile(here.ctx) == 2
    rows = orders.list_orders(here.ctx, where=OrderFilter(), limit=10)
    assert sorted(row.country for row in rows) == ["HK", "ZZ"]
    kept = {row.country: orders.get(here.ctx, id=row.id).ship_to for row in rows}
    assert (kept["HK"]["postal_code"], kept["ZZ"]["lines"], kept["ZZ"]["city"]) == ("", [], "")
    assert check(all_invariants()) == []


def test_a_new_connection_fetches_only_what_is_still_to_be_sent(here: Connected) -> None:
    sent, off, waits = (here.sells(lines=[{"sku": "C"}]) for _ in range(3))
    assert here.port.tell_shipped(Shipped(str(sent["id"]), "1", "DHL", "", (("C", 1),))) is None
    assert here.port.tell_cancelled(str(off["id"]), reason="customer") is None
    page = here.port.list_orders(since=None, after="")
    assert [one.external_id for one in page.orders] == [str(waits["id"])]
    assert len(here.port.list_orders(since=datetime(2020, 1, 1, tzinfo=UTC), after="").orders) == 3


def test_an_unknown_order_is_none(here: Connected) -> None:
    assert here.port.read_order("1") is None
    assert here.port.read_order("no number") is None


def test_a_part_refund_is_told_with_its_order_and_alone(here: Connected) -> None:
    order = here.sells(lines=[{"sku": "C", "quantity": 3}, {"sku": "C", "quantity": 1}])
    refund = here.shop.post(
        f"/admin/orders/{order['id']}/refund", {"lines": [{"sku": "C", "quantity": 2}], "note": "too many"}, status=201
    )
    told = RefundTold(str(order["id"]), str(refund["id"]), Money(4500, "EUR"),
                      ((str(order["line_items"][0]["variant_id"]), "C", 2),), "too many", key="")  # fmt: skip
    assert here.port.read_webhook(as_webhook(refund)) == [told]
    assert here.port.read_webhook(as_webhook(here.there(order)))[1:] == [told]
    listed = here.port.read_order(str(order["id"]))
    assert listed is not None
    facts = here.port.read_webhook(listed.body)
    assert facts[1:] == [told]
    assert isinstance(facts[0], OrderTold)
    (before, *_) = here.port.read_webhook(as_webhook(order))
    assert isinstance(before, OrderTold)
    assert facts[0].draft.lines == before.draft.lines
    assert facts[0].unsent == (1, 1)


def test_more_refunds_than_come_with_an_order_are_all_read(here: Connected) -> None:
    order = here.sells(lines=[{"sku": "C", "quantity": 9}])
    for _ in range(7):
        here.shop.post(f"/admin/orders/{order['id']}/refund", {"lines": [{"sku": "C"}]}, status=201)
    listed = here.port.read_order(str(order["id"]))
    assert listed is not None
    refunds = here.port.read_webhook(listed.body)[1:]
    assert [one.lines[0][2] for one in refunds if isinstance(one, RefundTold)] == [1] * 7


def test_listings_are_variants_at_their_places(here: Connected) -> None:
    items = here.items()
    assert {name: one.number for name, one in items.items()} == {
        "A/Seoul": 50, "B/Seoul": 50, "B/Berlin": 20, "C/Berlin": 40, "D/Berlin": 40,
    }  # fmt: skip
    assert items["B/Seoul"].item == items["B/Berlin"].item != items["A/Seoul"].item
    assert (items["A/Seoul"].barcode, items["A/Seoul"].title) == ("8801234567893", "티셔츠")
    order = here.sells(lines=[{"sku": "B"}])
    assert str(order["line_items"][0]["variant_id"]) == items["B/Seoul"].item


def test_numbers_go_to_one_location_only_where_that_is_wished(here: Connected) -> None:
    connected = channels.connect(
        here.ctx, provider="shopify", name="Berlin only", url=str(here.shop.http.base_url),
        settings={"token": "sandbox", "client_secret": "sandbox-client-secret", "location": "berlin"},
    )  # fmt: skip
    page = queries.shop_of(here.ctx, connection=connected).list_listings(after="")
    assert {(one.sku, one.number) for one in page.items} == {("A", None), ("B", 20), ("C", 40), ("D", 40)}
    assert next(one for one in page.items if one.sku == "A").id.endswith("@")


def test_listings_are_paged_and_many_places_are_read(here: Connected) -> None:
    many = [{"sku": f"S{n:03}", "title": "Tea", "price": "1.00", "currency": "EUR"} for n in range(80)]
    many[0]["available"] = {f"Shop {n}": n for n in range(12)}
    here.shop.http.put("/admin/catalog", json=many)
    items = here.items()
    assert len(items) == 80 - 1 + 12
    assert {items[f"S000/Shop {n}"].number for n in range(12)} == set(range(12))


def test_numbers_are_compared_and_what_is_stale_is_said(here: Connected) -> None:
    items = here.items()
    here.sells(lines=[{"sku": "C", "quantity": 3}])
    wanted = [
        Number(items["A/Seoul"].id, 7, shows=50),
        Number(items["C/Berlin"].id, 11, shows=40),
        Number(items["B/Berlin"].id, 5, shows=None),
        Number("1@2", 5, shows=None),
        Number("1@", 5, shows=None),
    ]
    a, c, b, unknown, nowhere = here.port.tell_numbers(wanted, key="k1")
    assert (a, c, b) == (Taken(), Stale(37), Taken())
    assert isinstance(unknown, Gone)
    assert isinstance(nowhere, Gone)
    assert here.levels() == {"A/Seoul": 7, "B/Berlin": 5, "B/Seoul": 50, "C/Berlin": 37, "D/Berlin": 40}


@pytest.mark.parametrize("terse", [0, 1])
def test_many_stale_numbers_are_sorted_out_however_much_the_shop_says(here: Connected, terse: int) -> None:
    many = [{"sku": f"S{n:02}", "title": "Tea", "price": "1.00", "currency": "EUR", "available": {"Main": n}} for n in range(30)]
    here.shop.http.put("/admin/catalog", json=many)
    ids = {n: here_item.id for n, here_item in enumerate(sorted(here.items().values(), key=lambda one: one.sku))}
    here.shop.post("/admin/faults", {"terse": terse})
    wanted = [Number(ids[n], 99, shows=n if n % 2 else n + 1) for n in range(30)]
    answers = here.port.tell_numbers(wanted, key=f"many {terse}")
    assert answers == [Taken() if n % 2 else Stale(n) for n in range(30)]
    assert here.levels() == {f"S{n:02}/Main": 99 if n % 2 else n for n in range(30)}


def test_two_hundred_and_fifty_numbers_go_in_one_call(here: Connected) -> None:
    many = [{"sku": f"S{n:03}", "title": "Tea", "price": "1.00", "currency": "EUR"} for n in range(250)]
    here.shop.http.put("/admin/catalog", json=many)
    here.shop.post("/admin/bucket", {"left": 20_000, "rate": 20_000, "size": 20_000})  # to read so many takes seconds of points
    items = here.items()
    here.shop.post("/admin/bucket", {"left": 2000, "rate": 100, "size": 2000})
    before = here.shop.get("/admin/bucket")["left"]
    answers = here.port.tell_numbers([Number(one.id, 3, shows=0) for one in items.values()], key="many")
    assert answers == [Taken()] * 250
    assert set(here.levels().values()) == {3}
    assert here.shop.get("/admin/bucket")["left"] > before - 20


def test_a_repeat_under_the_same_key_changes_nothing(here: Connected) -> None:
    item = here.items()["C/Berlin"].id
    assert here.port.tell_numbers([Number(item, 30, shows=40)], key="once") == [Taken()]
    here.sells(lines=[{"sku": "C", "quantity": 4}])
    assert here.port.tell_numbers([Number(item, 30, shows=40)], key="once") == [Taken()]
    assert (here.levels()["C/Berlin"], here.told()) == (26, 1)


def test_an_answer_that_got_lost_is_asked_for_again_and_counts_once(here: Connected) -> None:
    item = here.items()["C/Berlin"].id
    here.shop.post("/admin/faults", {"timeout_after_success": 0.8, "hold_s": 0.05, "seed": 5})
    answers = set()
    for n in range(12):
        shows = here.levels()["C/Berlin"]
        try:
            answers |= set(here.port.tell_numbers([Number(item, 30 + n, shows=shows)], key=f"lost {n}"))
        except httpx.HTTPError:
            answers.add("unknown")  # type: ignore[arg-type]
        assert here.levels()["C/Berlin"] == 30 + n
    assert answers == {Taken(), "unknown"}
    assert here.told() == 12


def test_numbers_told_by_the_flow_reach_the_shop_and_a_sale_meanwhile_is_seen(here: Connected) -> None:
    def ctx_now() -> Ctx:
        return here.ctx

    expose.read_listings(ctx_now, connection_id=here.connection.id)
    expose.follow(here.ctx)
    while expose.push(ctx_now, connection_id=here.connection.id, go_on=lambda: True):
        pass
    levels = here.levels()
    assert levels.pop("B/Seoul") + levels.pop("B/Berlin") == 200  # the shop adds its places up
    assert levels == {"A/Seoul": 200, "C/Berlin": 200, "D/Berlin": 200}
    here.sells(lines=[{"sku": "A", "quantity": 2}])
    reconcile.reconcile(here.ctx)
    dispatch.drain()
    expose.follow(here.ctx)
    while expose.push(ctx_now, connection_id=here.connection.id, go_on=lambda: True):
        pass
    assert here.levels()["A/Seoul"] == 198
    assert check(INVARIANTS) == []


def test_a_variant_sells_no_more_than_there_is_unless_it_may_go_on(here: Connected) -> None:
    sold_out = here.shop.post("/admin/orders", {"lines": [{"sku": "C", "quantity": 41}]}, status=422)
    assert sold_out["error"] == "sold_out"
    assert here.levels()["C/Berlin"] == 40
    here.shop.post("/admin/selling", {"policy": "continue"})
    here.sells(lines=[{"sku": "C", "quantity": 41}])
    assert here.items()["C/Berlin"].number == here.levels()["C/Berlin"] == -1


def test_a_parcel_told_twice_is_one_fulfilment(here: Connected) -> None:
    order = here.sells(lines=[{"sku": "C", "quantity": 3}, {"sku": "B", "quantity": 2, "price": "4.00"}], currency="EUR")
    told = Shipped(str(order["id"]), "601000000135", "DHL", "https://t.example/1", (("C", 2),))
    for _ in range(2):
        assert here.port.tell_shipped(told) is None
    after = here.there(order)
    assert [(f["tracking_number"], f["tracking_company"], f["tracking_url"]) for f in after["fulfillments"]] == [
        ("601000000135", "DHL", "https://t.example/1")
    ]
    assert [line["fulfillable_quantity"] for line in after["line_items"]] == [1, 2]
    rest = replace(told, tracking_number="2", lines=(("C", 1), ("B", 2)))
    assert here.port.tell_shipped(rest) is None
    assert here.there(order)["fulfillment_status"] == "fulfilled"
    assert len(here.there(order)["fulfillments"]) == 3  # C leaves from Berlin, B from Seoul: the shop wants one each
    assert here.port.tell_shipped(rest) is None
    assert len(here.there(order)["fulfillments"]) == 3
    assert isinstance(here.port.tell_shipped(replace(told, tracking_number="3")), Declined)
    assert isinstance(here.port.tell_shipped(replace(told, external_id="1")), Declined)


def test_a_parcel_of_what_we_call_otherwise_is_told_by_the_variant(here: Connected) -> None:
    order = here.sells(lines=[{"sku": "C", "quantity": 2}])
    told = Shipped(str(order["id"]), "5", "DHL", "", (("OUR-CUP", 2),))
    assert isinstance(here.port.tell_shipped(told), Declined)
    named = replace(told, items=(str(order["line_items"][0]["variant_id"]),))
    for _ in range(2):
        assert here.port.tell_shipped(named) is None
    assert [f["line_items"][0]["quantity"] for f in here.there(order)["fulfillments"]] == [2]


def test_a_parcel_whose_answer_got_lost_is_not_told_again(here: Connected) -> None:
    order = here.sells(lines=[{"sku": "C", "quantity": 2}])
    told = Shipped(str(order["id"]), "7", "DHL", "", (("C", 1),))
    here.shop.post("/admin/faults", {"timeout_after_success": 1.0, "hold_s": 0.05})
    with pytest.raises(httpx.HTTPError):
        here.port.tell_shipped(told)
    here.shop.post("/admin/faults", {})
    assert here.port.tell_shipped(told) is None
    assert [f["line_items"][0]["quantity"] for f in here.there(order)["fulfillments"]] == [1]


def test_cancelling_is_told_once_and_restocks_nothing(here: Connected) -> None:
    order = here.sells(lines=[{"sku": "C", "quantity": 4}])
    for _ in range(2):
        assert here.port.tell_cancelled(str(order["id"]), reason="customer") is None
    after = here.there(order)
    assert (after["cancel_reason"], after["refunds"], here.levels()["C/Berlin"]) == ("customer", [], 36)
    listed = here.port.read_order(str(order["id"]))
    assert listed is not None
    assert listed.called_off
    assert here.port.read_webhook(listed.body) == [OrderCalledOff(str(order["id"]), "customer")]
    sent = here.sells(lines=[{"sku": "C"}])
    here.port.tell_shipped(Shipped(str(sent["id"]), "1", "DHL", "", (("C", 1),)))
    assert isinstance(here.port.tell_cancelled(str(sent["id"]), reason="late"), Declined)
    assert isinstance(here.port.tell_cancelled("1", reason="late"), Declined)


def test_money_given_back_is_noted_once_and_never_paid_by_the_shop(here: Connected) -> None:
    cash = here.sells(lines=[{"sku": "C", "quantity": 2}], gateway="manual")
    for _ in range(2):
        assert here.port.tell_refunded(Refunded(str(cash["id"]), "refund:1", Money(1000, "EUR"))) is None
    assert [one["transactions"][0]["amount"] for one in here.there(cash)["refunds"]] == ["10.00"]
    assert isinstance(here.port.tell_refunded(Refunded(str(cash["id"]), "refund:2", Money(10**6, "EUR"))), Declined)
    card = here.sells(lines=[{"sku": "C"}])
    assert isinstance(here.port.tell_refunded(Refunded(str(card["id"]), "refund:3", Money(1000, "EUR"))), Declined)
    assert here.there(card)["refunds"] == []
