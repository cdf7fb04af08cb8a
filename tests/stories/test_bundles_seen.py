"""What people and programs see of bundles: pages, paper, letters, and the API."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from doorstep.base.money import Money
from doorstep.catalog import actions as products
from doorstep.catalog import components
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import ProductDraft
from doorstep.flows import compose, exchange, printing, reship
from doorstep.flows.compose import Contained
from doorstep.flows.notify import told_lines, tracking_link
from doorstep.flows.reship import Reship
from doorstep.fulfilment import queries as floor
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import LineDraft, LineRow
from doorstep.payments import queries as money
from doorstep.returns import deciding
from doorstep.returns import queries as returns
from doorstep.returns.values import Wish
from doorstep.shipping.labels.values import SlipLine
from doorstep.shipping.values import TrackingStatus
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key
from tests.factories import Brand, draft, make_brand, make_variants, place, signed_in
from tests.giving_back import back, holds, shirts
from tests.returning import ask, leave, scan, wish

pytestmark = pytest.mark.django_db


def make_set(brand: Brand, sku: str = "SET") -> int:
    variant = make_variants(brand.ctx, [sku], price="30.00")[sku]
    compose.set_components(brand.ctx, variant_id=variant, contents=[Contained("A", 2), Contained("B", 1)])
    return variant


def sold(brand: Brand, bundles: int = 2) -> int:
    """Bundles and a component of them singly, in one order."""
    lines = [
        LineDraft("SET", bundles, Money(2500, "EUR"), "Gift set"),
        LineDraft("A", 1, Money(1000, "EUR"), "Thing A"),
    ]
    [order_id] = place(brand.ctx, replace(draft(), lines=lines))
    drain()
    return order_id


def lines_of(brand: Brand, order_id: int) -> list[LineRow]:
    return queries.lines_of(brand.ctx, order_ids=[order_id])


def words(answer: Any) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_an_order_shows_the_bundle_with_its_components_and_changes_it_as_a_whole() -> None:
    brand = make_brand()
    make_set(brand)
    order_id = sold(brand)
    client = signed_in(brand.ctx)

    said = words(client.get(f"/orders/{order_id}/"))
    assert "Gift set SET 2 €25.00 €50.00 Thing A A 4 €33.33 Thing B B 2 €16.67" in said
    bundle_id = lines_of(brand, order_id)[0].bundle_id
    form = client.get(f"/orders/{order_id}/edit/").content.decode()
    assert f'name="bundle-{bundle_id}" value="2"' in form
    version = queries.get(brand.ctx, id=order_id).version
    typed = {"version": version, f"bundle-{bundle_id}": "1", "sku": "SET", "units": "1", "price": ""}
    answer = client.post(f"/orders/{order_id}/edit/apply/", typed)
    assert answer.status_code == 302
    assert [(x.sku, x.qty, x.bundle_qty, x.bundle_number) for x in lines_of(brand, order_id)] == [
        ("A", 2, 1, 1), ("B", 1, 1, 1), ("A", 1, 0, 0), ("A", 2, 1, 2), ("B", 1, 1, 2),
    ]  # fmt: skip
    holds(brand)


def test_the_customer_reads_the_bundle_once_with_its_contents() -> None:
    brand = make_brand()
    make_set(brand)
    order_id = sold(brand)
    scan(brand.ctx, leave(brand, order_id), TrackingStatus.DELIVERED)
    drain()
    link = tracking_link(brand.ctx, order_id=order_id)
    said = words(signed_in(brand.ctx).get(f"/{link.split('/', 3)[3]}?language=en"))
    assert "Gift set × 2 Thing A × 4 Thing B × 2 Thing A × 1" in said
    assert told_lines(lines_of(brand, order_id)) == [
        {"title": "Gift set", "qty": 2, "inside": [{"title": "Thing A", "qty": 4}, {"title": "Thing B", "qty": 2}]},
        {"title": "Thing A", "qty": 1},
    ]


def test_a_slip_names_the_bundle_and_a_pick_list_its_components() -> None:
    brand = make_brand()
    make_set(brand)
    order_id = sold(brand)
    [pick_list] = floor.list_pick_lists(brand.ctx)
    paper = printing.pick_list_fields(brand.ctx, pick_list_id=pick_list.id)
    assert sorted((line.sku, line.qty, line.part_of) for line in paper.lines) == [
        ("A", 1, ""), ("A", 4, "Part of Gift set"), ("B", 2, "Part of Gift set"),
    ]  # fmt: skip
    assert "part of Gift set" in words(signed_in(brand.ctx).get(f"/fulfilment/lists/{pick_list.id}/"))
    parcel_id = leave(brand, order_id)
    whole = (
        SlipLine(sku="SET", title="Gift set", qty=2, price="€25.00", is_bundle=True),
        SlipLine(sku="A", title="Thing A", qty=4, inside=True),
        SlipLine(sku="B", title="Thing B", qty=2, inside=True),
        SlipLine(sku="A", title="Thing A", qty=1, price="€10.00"),
    )
    assert printing.slip_fields(brand.ctx, parcel_id=parcel_id).lines == whole
    order = queries.get(brand.ctx, id=order_id)
    a, b, _ = lines_of(brand, order_id)
    assert printing._slip_lines(order, {a.id: 4}, "en") == [
        SlipLine(sku="SET", title="Part of Gift set", qty=0, is_bundle=True),
        SlipLine(sku="A", title="Thing A", qty=4, inside=True),
    ]
    assert printing._slip_lines(order, {a.id: 2, b.id: 1}, "en")[0].qty == 1


def test_a_product_page_makes_a_bundle_and_looks_before_it_is_kept() -> None:
    brand = make_brand(stock_each=5)
    variant = make_variants(brand.ctx, ["SET"], price="30.00")["SET"]
    client, path = signed_in(brand.ctx), f"/products/variants/{variant}/contents/"
    typed = {"sku": ["A", "B", ""], "qty": ["2", "1", "1"]}
    looked = words(client.post(f"{path}look/", typed))
    assert "5 bundles can be sold now" in looked
    assert "€20.00" in looked
    assert components.components_of(brand.ctx, variant_ids=[variant]) == {}
    assert "SET is a bundle itself" in words(client.post(f"{path}look/", {"sku": ["SET"], "qty": ["1"]}))
    assert client.post(f"{path}keep/", {"sku": ["A"], "qty": ["?"]}).status_code == 422
    assert client.post(f"{path}keep/", typed).status_code == 302
    product_id = catalog.variants_by_id(brand.ctx, ids=[variant])[variant].product_id
    assert "said what is in SET" in words(client.get(f"/products/{product_id}/"))
    assert "Thing A" in client.get(f"{path}suggest/?sku=Thing").content.decode()
    shown = words(client.get("/products/?kind=bundle"))
    assert "Thing SET Bundle" in shown
    assert "Thing A" not in shown
    assert "5 bundles can be sold now Made from 2 × A , 1 × B" in words(client.get("/stock/?q=SET"))
    assert "Book stock" not in words(client.get(f"/stock/{variant}/"))
    assert "Part of SET" in words(client.get(f"/stock/{brand.variants['A']}/"))
    refused = client.post(f"/stock/{variant}/change/", {"doing": "receive", "location": brand.berlin, "qty": "1"})
    assert "is a bundle" in words(refused)
    assert client.post(f"{path}keep/", {"sku": ["A", "B"], "qty": ["0", "0"]}).status_code == 302
    assert not catalog.variants_by_id(brand.ctx, ids=[variant])[variant].bundle


def test_programs_read_and_write_bundles() -> None:
    brand = make_brand(stock_each=5)
    variant = make_variants(brand.ctx, ["SET"], price="30.00")["SET"]
    api = Api(brand, make_key(brand))
    wanted = {"components": [{"sku": "A", "qty": 2}, {"sku": "B", "qty": 1}]}
    made = api.ask("PUT", f"/variants/{variant}/components", wanted)
    assert made.status_code == 200, made.content
    inside = [
        {"variant_id": brand.variants["A"], "sku": "A", "title": "Thing A", "qty": 2},
        {"variant_id": brand.variants["B"], "sku": "B", "title": "Thing B", "qty": 1},
    ]
    assert (made.json()["bundle"], made.json()["available"], made.json()["components"]) == (True, 5, inside)
    listed = api.get("/products").json()["products"][0]["variants"][0]
    assert (listed["sku"], listed["available"], listed["components"]) == ("SET", 5, inside)
    assert api.get("/stock?sku=SET").json()["stock"][0]["available"] == 5
    taken = api.ask("PUT", f"/variants/{brand.variants['C']}/components", wanted)
    assert (taken.status_code, taken.json()["code"]) == (409, "has_stock")

    order_id = sold(brand)
    document = api.get(f"/orders/{order_id}").json()
    eur = "EUR"
    assert [line["bundle"] for line in document["lines"]] == [
        {
            "number": 1, "variant_id": variant, "sku": "SET", "title": "Gift set", "qty": 2, "each": each,
            "unit_price": {"amount": "25.00", "currency": eur}, "total": {"amount": "50.00", "currency": eur},
        }
        for each in (2, 1)
    ] + [None]  # fmt: skip
    edit = {"version": document["version"], "add": [{"sku": "SET", "qty": 1}]}
    edited = api.post(f"/orders/{order_id}/edits", edit).json()["order"]
    assert [(line["sku"], line["qty"]) for line in edited["lines"][3:]] == [("A", 2), ("B", 1)]
    one = {"version": edited["version"], "lines": [{"order_line_id": edited["lines"][0]["id"], "qty": 1}]}
    assert api.post(f"/orders/{order_id}/edits", one).json()["code"] == "bundle_in_part"


def test_what_was_lost_of_a_bundle_is_sent_again_singly() -> None:
    brand = make_brand()
    make_set(brand)
    order_id = sold(brand)
    scan(brand.ctx, leave(brand, order_id), TrackingStatus.DELIVERED)
    drain()
    first, *_ = lines_of(brand, order_id)
    sent = reship.apply(brand.ctx, order_id=order_id, reship=Reship({first.id: 1}, "lost"), key="1")
    assert [(x.sku, x.qty, x.bundle_id, x.total_minor) for x in sent.order.lines] == [("A", 1, None, 0)]
    assert sent.worth_minor == 3333 // 4
    holds(brand)


def test_a_size_is_exchanged_for_a_bundle_of_it_and_what_it_costs_less_comes_back() -> None:
    brand = make_brand()
    sizes = shirts(brand)
    duo = sizes["SHIRT-XS"]
    compose.set_components(brand.ctx, variant_id=duo, contents=[Contained("A", 1), Contained("B", 1)])
    [order_id] = place(brand.ctx, draft([("SHIRT-S", 2)]))
    drain()
    scan(brand.ctx, leave(brand, order_id), TrackingStatus.DELIVERED)
    drain()
    chosen = wish(brand.ctx, order_id, "SHIRT-S", 2)
    return_id = ask(brand.ctx, order_id, replace(chosen, outcome="exchange_variant", exchange_variant_id=duo), key="x")
    drain()
    exchange.promise(brand.ctx, return_id=return_id)
    [line] = returns.lines_of(brand.ctx, return_ids=[return_id])
    brought = lines_of(brand, line.exchange_order_id or 0)
    assert [(x.sku, x.qty, x.bundle_qty) for x in brought] == [("A", 2, 2), ("B", 2, 2)]
    back(brand, return_id, 2)
    [call] = [c for c in money.calls_of(brand.ctx, order_ids=[order_id]) if c.kind == "refund"]
    assert call.amount_minor == 2 * 1000 - 2 * brought[0].bundle_price_minor == 600
    holds(brand)


def test_a_component_of_a_set_that_is_sold_for_good_is_not_taken_back() -> None:
    brand = make_brand()
    variant = make_set(brand)
    product = catalog.get_product(
        brand.ctx, product_id=catalog.variants_by_id(brand.ctx, ids=[variant])[variant].product_id
    )
    for_good = ProductDraft(product.title, final_sale=True)
    products.edit_product(brand.ctx, product_id=product.id, version=product.version, product=for_good)
    order_id = sold(brand, bundles=1)
    scan(brand.ctx, leave(brand, order_id), TrackingStatus.DELIVERED)
    drain()
    in_set, _, alone = lines_of(brand, order_id)
    judged = deciding.preview(
        brand.ctx, order_id=order_id, wishes=[Wish(x.id, 1, "too_small") for x in (in_set, alone)]
    )
    assert [line.action for line in judged.lines] == ["reject", "approve"]


def test_an_order_is_found_by_the_bundle_and_by_what_is_in_it() -> None:
    brand = make_brand()
    make_set(brand, "GIFTSET")
    place(brand.ctx, draft([("C", 1)]))
    [order_id] = place(brand.ctx, draft([("GIFTSET", 1)]))
    found = queries.list_orders(brand.ctx, where=OrderFilter(text="giftset"))
    assert [row.id for row in found] == [order_id]
