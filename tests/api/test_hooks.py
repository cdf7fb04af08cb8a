"""Webhooks of shops: repeated, out of order, broken, forged."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from doorstep.base import arrivals, db, outbox
from doorstep.catalog import queries as catalog
from doorstep.catalog.actions import edit_product
from doorstep.catalog.values import ProductDraft
from doorstep.channels import actions as channels
from doorstep.channels import listings
from doorstep.channels import queries as channel_queries
from doorstep.channels.port import ListedItem
from doorstep.flows import arrivals as reading
from doorstep.flows import hear_orders
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import HoldReason
from doorstep.stock import queries as stock
from doorstep.worker import dispatch
from tests.api.conftest import rows_everywhere
from tests.api.shop import connect_shop, envelope, send, shop_order, tell
from tests.factories import Brand, make_brand, receive, signed_in

pytestmark = pytest.mark.django_db
OTHER_SECRET = "whsec_" + base64.b64encode(b"another-secret-of-thirty-two-byt").decode()


def orders_of(brand: Brand) -> list[tuple[str, str, str]]:
    rows = queries.list_orders(brand.ctx, where=OrderFilter())
    return [(row.external_id, row.state, row.payment_state) for row in rows]


def committed(brand: Brand, sku: str = "A") -> int:
    variant = brand.variants[sku]
    return stock.pool_of(brand.ctx, variant_ids=[variant])[variant].committed


def test_an_order_told_by_webhook_is_here_when_the_shop_gets_its_answer() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    told = tell(brand, shop, "orders/create", shop_order(lines=(("A", 2),)))
    assert told == {"arrival": told["arrival"], "duplicate": False, "outcome": "processed"}
    (row,) = queries.list_orders(brand.ctx, where=OrderFilter())
    assert (row.name, row.total_minor, row.customer_name, row.connection_id) == ("#1001", 2490, "김서연", shop.id)
    arrival = arrivals.get(brand.ctx, id=told["arrival"])
    assert (arrival.topic, arrival.outcome) == ("orders/create", "processed")
    assert arrival.detail == {"order_id": row.id, "external_id": "5400000001001", "name": "#1001"}
    assert committed(brand) == 2


def test_the_same_event_twice_saleor_10165() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    first = tell(brand, shop, "orders/create", shop_order(), id="msg_same")
    again = tell(brand, shop, "orders/create", shop_order(), id="msg_same")
    other_id = tell(brand, shop, "orders/create", shop_order())
    assert again == {"arrival": first["arrival"], "duplicate": True, "outcome": "kept"}
    assert other_id["outcome"] == "ignored"
    assert (len(orders_of(brand)), committed(brand)) == (1, 1)
    assert arrivals.get(brand.ctx, id=first["arrival"]).repeats == 1


def test_orders_paid_before_orders_create_ecommerce_integrations_425() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    tell(brand, shop, "orders/updated", shop_order(financial_status="paid"))
    late = tell(brand, shop, "orders/create", shop_order(financial_status="pending"))
    assert late["outcome"] == "ignored"
    assert orders_of(brand) == [("5400000001001", "open", "paid")]


def test_a_state_from_the_future_gives_way_to_what_the_shop_says_once_its_clock_is_right() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    ahead = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    tell(brand, shop, "orders/create", shop_order(financial_status="pending", updated_at=ahead))
    assert tell(brand, shop, "orders/updated", shop_order())["outcome"] == "processed"
    assert orders_of(brand) == [("5400000001001", "open", "paid")]
    older = shop_order(financial_status="pending", updated_at="2026-11-20T08:00:00.000Z")
    assert tell(brand, shop, "orders/updated", older)["outcome"] == "ignored"


def test_an_order_paid_later_leaves_its_hold() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    tell(brand, shop, "orders/create", shop_order(financial_status="pending"))
    assert queries.list_orders(brand.ctx, where=OrderFilter())[0].on_hold is True
    assert tell(brand, shop, "orders/updated", shop_order())["outcome"] == "processed"
    (row,) = queries.list_orders(brand.ctx, where=OrderFilter())
    assert (row.on_hold, row.payment_state) == (False, "paid")


def test_a_cancellation_gives_the_stock_back() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    tell(brand, shop, "orders/create", shop_order())
    gone = shop_order(cancelled_at="2026-11-20T10:00:00Z", cancel_reason="customer", financial_status="refunded")
    assert tell(brand, shop, "orders/cancelled", gone)["outcome"] == "processed"
    assert tell(brand, shop, "orders/cancelled", gone)["outcome"] == "ignored"
    assert (orders_of(brand)[0][1], committed(brand)) == ("cancelled", 0)


def test_an_order_called_off_before_it_came_is_not_taken() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    gone = shop_order(cancelled_at="2026-11-20T10:00:00Z", cancel_reason="customer")
    assert tell(brand, shop, "orders/cancelled", gone)["outcome"] == "ignored"
    late = tell(brand, shop, "orders/create", shop_order())
    assert late["outcome"] == "ignored"
    assert (orders_of(brand), committed(brand)) == ([], 0)
    assert "called" in arrivals.get(brand.ctx, id=late["arrival"]).detail["reason"]


def test_one_unmapped_product_blocks_the_import_ecommerce_integrations_338() -> None:
    """It does not: the order is taken and held with its name, the others go on, and it goes on once somebody says what it is."""
    brand = make_brand()
    shop = connect_shop(brand)
    unknown = tell(brand, shop, "orders/create", shop_order(5400000001001, lines=(("NEW", 1), ("A", 1))))
    fine = tell(brand, shop, "orders/create", shop_order(5400000001002))
    assert (unknown["outcome"], fine["outcome"]) == ("processed", "processed")
    assert sorted(o[0] for o in orders_of(brand)) == ["5400000001001", "5400000001002"]
    (held,) = [row.id for row in queries.list_orders(brand.ctx, where=OrderFilter()) if row.external_id == "5400000001001"]
    assert {(hold.reason, tuple(hold.detail.get("unmapped", ()))) for hold in queries.get(brand.ctx, id=held).holds} == {
        ("inventory_out_of_stock", ()), ("other", ("NEW",)),
    }  # fmt: skip
    (variant,) = catalog.find_variants(brand.ctx, skus=["NEW"]).values()
    product = catalog.get_product(brand.ctx, product_id=variant.product_id)
    assert product.status == "draft"
    staff = signed_in(brand.ctx, "manager")
    page = staff.get(f"/orders/{held}/").content.decode()
    assert (f'href="/products/{product.id}/">Open the draft' in page, ">Map it<" in page) == (True, False)  # not offered there
    assert f'id="do-next" href="/products/{product.id}/"' in page
    assert "The hold ends by itself when stock arrives." not in page  # none of it ever does
    [listing] = listings.note(brand.ctx, connection_id=shop.id, items=[ListedItem("P-1", "P-1", "NEW", "", "New", None)])
    page = staff.get(f"/orders/{held}/").content.decode()
    assert (f'href="/channels/listings/{listing}/">Map it' in page, "Open the draft" in page) == (True, False)
    assert (f'id="do-next" href="/channels/listings/{listing}/"' in page, 'id="do-release"' in page) == (True, True)
    edit_product(brand.ctx, product_id=product.id, version=product.version, product=ProductDraft("New thing"))
    receive(brand.ctx, variant.id, brand.berlin, 5)
    dispatch.drain()
    assert queries.get(brand.ctx, id=held).holds == []


def test_what_a_shop_adds_to_an_order_and_nobody_has_mapped_is_held_by_its_name() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    tell(brand, shop, "orders/create", shop_order())
    more = shop_order(lines=(("A", 1), ("NEW", 1)), updated_at="2026-11-20T10:00:00.000Z")
    assert tell(brand, shop, "orders/updated", more)["outcome"] == "processed"
    (row,) = queries.list_orders(brand.ctx, where=OrderFilter())
    assert queries.find_unmapped(brand.ctx, skus=["NEW"]) == {row.id: ["NEW"]}
    [part, *_] = queries.get(brand.ctx, id=row.id).fulfilment_orders
    orders.release_hold(brand.ctx, fulfilment_order_ids=[part.id], reason=HoldReason.OTHER)
    later = more | {"note": "x", "updated_at": "2026-11-20T11:00:00.000Z", "order_discount": {"code": "x", "amount": "1.00"},
                    "total_price": "23.90"}  # fmt: skip
    assert tell(brand, shop, "orders/updated", later)["outcome"] == "processed"
    assert part.id not in {hold.fulfilment_order_id for hold in queries.get(brand.ctx, id=row.id).holds}  # as a person decided
    (variant,) = catalog.find_variants(brand.ctx, skus=["NEW"]).values()
    product = catalog.get_product(brand.ctx, product_id=variant.product_id)
    edit_product(brand.ctx, product_id=product.id, version=product.version, product=ProductDraft("New thing"))
    receive(brand.ctx, variant.id, brand.berlin, 5)
    dispatch.drain()
    assert queries.get(brand.ctx, id=row.id).holds == []


def test_a_replay_of_what_was_taken_counts_nothing_twice() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    told = tell(brand, shop, "orders/create", shop_order())
    before = arrivals.get(brand.ctx, id=told["arrival"])
    assert reading.process(brand.ctx, arrival_ids=[told["arrival"]], again=True) == {told["arrival"]: "ignored"}
    assert (len(orders_of(brand)), committed(brand)) == (1, 1)
    assert arrivals.get(brand.ctx, id=told["arrival"]) == before
    assert (before.outcome, "order_id" in before.detail) == ("processed", True)


def test_what_was_taken_stays_so_when_a_replay_is_refused_or_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    told = tell(brand, shop, "orders/create", shop_order())
    before = arrivals.get(brand.ctx, id=told["arrival"])
    channels.set_active(brand.ctx, connection_id=shop.id, active=False)
    assert reading.read_again(brand.ctx, arrival_id=told["arrival"]) == "stays"
    channels.set_active(brand.ctx, connection_id=shop.id, active=True)
    monkeypatch.setattr(hear_orders, "follow", lambda *_: 1 / 0)
    assert reading.read_again(brand.ctx, arrival_id=told["arrival"]) == "stays"
    assert arrivals.get(brand.ctx, id=told["arrival"]) == before


def test_an_arrival_that_nobody_read_is_read_by_the_sweep() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    incoming = arrivals.Incoming(shop.id, "msg_crash", "orders/create", envelope("orders/create", shop_order()))
    (kept,) = arrivals.keep(brand.ctx, [incoming])
    unread = arrivals.find_unread(older_than=datetime.now(UTC) + timedelta(seconds=1))
    assert (brand.ctx.organisation_id, kept.id) in unread
    assert reading.process(brand.ctx, arrival_ids=[kept.id]) == {kept.id: "processed"}
    assert reading.process(brand.ctx, arrival_ids=[kept.id]) == {}
    assert len(orders_of(brand)) == 1


def test_a_bad_signature_is_refused_and_leaves_one_trace_a_minute() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    before = rows_everywhere()
    for _ in range(5):
        answer = send(brand, shop, envelope("orders/create", shop_order()), secret=OTHER_SECRET)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
        assert answer.headers["Content-Type"] == "application/problem+json"
    traces = [e for e in outbox.timeline(brand.ctx, of=[f"connection:{shop.id}"]) if e.type == "hook.rejected"]
    assert len(traces) == 1
    assert rows_everywhere() == before | {"base_event": before["base_event"] + 1}


def test_a_signature_of_yesterday_is_refused() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    answer = send(brand, shop, envelope("orders/create", shop_order()), at=datetime.now(UTC) - timedelta(minutes=6))
    assert answer.status_code == 401
    assert orders_of(brand) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"webhook-id": "m", "webhook-timestamp": "soon", "webhook-signature": "v1,AAAA"},
        {"webhook-id": "m", "webhook-timestamp": "1e400", "webhook-signature": "v1,AAAA"},
        {
            "webhook-id": "m",
            "webhook-timestamp": str(int(datetime.now(UTC).timestamp())),
            "webhook-signature": "nonsense",
        },
        {
            "webhook-id": "m",
            "webhook-timestamp": str(int(datetime.now(UTC).timestamp())),
            "webhook-signature": "v1,%%%",
        },
    ],
)
def test_headers_that_are_no_signature_are_refused(headers: dict[str, str]) -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    address = f"/hooks/sandbox_shop/{shop.slug}"
    answer = Client().generic("POST", address, b"{}", content_type="application/json", headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"not json at all",
        b"\xff\xfe\x00",
        b"[]",
        b'{"type": "orders/create"}',
        b'{"type": "orders/create", "data": []}',
        b'{"type": "refunds/create", "data": {}}',
        b"[" * 100_000,
        envelope("orders/create", shop_order(id=0)),
        envelope("orders/create", shop_order(total_price="1.00")),
        envelope("orders/create", shop_order(currency="XXZ")),
        envelope("orders/create", shop_order(line_items=[])),
        envelope("orders/create", shop_order(lines=(("A", -1),))),
        envelope("orders/create", shop_order(lines=(("A", 10**9),))),
        envelope("orders/create", shop_order(created_at="yesterday")),
        envelope("orders/create", shop_order(customer=None)),
        envelope("orders/create", shop_order(financial_status="bartered")),
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_payload_that_cannot_be_read_is_kept_and_refused_with_its_reason(body: bytes) -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    answer = send(brand, shop, body)
    if body == b"\xff\xfe\x00":
        assert answer.status_code == 401
        return
    assert (answer.status_code, answer.json()["outcome"]) == (200, "refused")
    arrival = arrivals.get(brand.ctx, id=answer.json()["arrival"])
    assert (arrival.body, arrival.detail["code"]) == (body, "unreadable")
    assert orders_of(brand) == []


def test_texts_that_no_column_holds_are_cleaned_not_refused() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    order = shop_order(note="문\x00앞 \ud800 🎁\n" + "긴" * 5000, name="#1\x0b")
    order["customer"]["first_name"] = "서" * 500
    assert tell(brand, shop, "orders/create", order)["outcome"] == "processed"
    detail = queries.get(brand.ctx, id=queries.list_orders(brand.ctx, where=OrderFilter())[0].id)
    assert detail.note.startswith("문 앞 🎁 긴")
    assert len(detail.note) == 2000
    assert detail.order.name == "#1"


def test_a_body_of_five_megabytes_is_refused_and_nothing_kept() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    before = rows_everywhere()
    answer = send(brand, shop, b"x" * 5_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert rows_everywhere() == before


def test_an_address_that_nobody_has_and_another_method_are_refused() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    assert Client().post("/hooks/sandbox_shop/0000").status_code == 404
    assert Client().post(f"/hooks/shopify/{shop.slug}").status_code == 404
    got = Client().get(f"/hooks/sandbox_shop/{shop.slug}")
    assert (got.status_code, got.headers["Allow"]) == (405, "POST")
    told = got.json()
    assert told.pop("trace") == got.headers["Trace"]
    assert told == {
        "type": "urn:doorstep:problem:method_not_allowed", "title": "Method not allowed", "status": 405,
        "code": "method_not_allowed", "detail": "This address does not take GET.", "next_step": "Use one of: POST.",
    }  # fmt: skip


def test_a_paused_connection_keeps_what_comes_for_a_replay() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    channels.set_active(brand.ctx, connection_id=shop.id, active=False)
    told = tell(brand, shop, "orders/create", shop_order())
    assert (told["outcome"], orders_of(brand)) == ("refused", [])
    channels.set_active(brand.ctx, connection_id=shop.id, active=True)
    reading.process(brand.ctx, arrival_ids=[told["arrival"]], again=True)
    assert len(orders_of(brand)) == 1


def test_an_edit_in_the_shop_is_taken_over() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    tell(brand, shop, "orders/create", shop_order())
    edited = shop_order(lines=(("A", 3),), updated_at="2026-11-20T10:00:00.000Z")
    assert tell(brand, shop, "orders/updated", edited)["outcome"] == "processed"
    assert committed(brand) == 3
    assert tell(brand, shop, "orders/updated", edited)["outcome"] == "ignored"


def test_an_order_that_is_paid_after_it_was_called_off_needs_a_person() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    tell(brand, shop, "orders/create", shop_order(financial_status="pending"))
    off = shop_order(financial_status="pending", cancelled_at="2026-11-20T10:00:00Z", cancel_reason="customer")
    tell(brand, shop, "orders/cancelled", off)
    late = tell(brand, shop, "orders/updated", shop_order(financial_status="paid"))
    assert late["outcome"] == "refused"
    assert arrivals.get(brand.ctx, id=late["arrival"]).detail["code"] == "paid_afterwards"
    assert committed(brand) == 0


def test_a_connection_is_seen_and_its_secret_is_not_in_any_row() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    tell(brand, shop, "orders/create", shop_order())
    row = channel_queries.get(brand.ctx, connection_id=shop.id)
    assert row.last_seen_at is not None
    assert row.health == "active"
    assert "whsec_" not in repr(row)
    assert int(db.scalar("SELECT count(*) FROM base_event WHERE data::text LIKE '%%whsec_%%'")) == 0


def test_a_refund_of_less_than_nothing_costs_no_order_and_adds_no_units() -> None:
    brand = make_brand()
    shop = connect_shop(brand)
    told = shop_order()
    less = {"amount": "-5.00", "key": None, "line_items": [{"id": told["line_items"][0]["id"], "quantity": -3}]}
    assert tell(brand, shop, "orders/create", told | {"refunds": [{"id": 1, **less}]})["outcome"] == "processed"
    (row,) = queries.list_orders(brand.ctx, where=OrderFilter())
    assert (row.units, row.payment_state, committed(brand)) == (1, "paid", 1)
