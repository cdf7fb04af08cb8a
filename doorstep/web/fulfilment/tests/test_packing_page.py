"""The packing table through HTTP: boxes proposed and closed, opened again, gifts, customs, and the next order by a scan."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from doorstep.catalog import actions as catalog
from doorstep.catalog import queries as variants
from doorstep.catalog.values import Handling, VariantDraft
from doorstep.flows import printing
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import boxes, gifts, queries
from doorstep.fulfilment.values import BoxDraft, Closing
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.shipping import queries as shipping
from tests.factories import Brand, draft, listed, make_brand, make_ctx, picked, signed_in

pytestmark = pytest.mark.django_db


def measured(brand: Brand, sku: str, dims: tuple[int, int, int] | None, weight_g: int = 0) -> None:
    row = variants.variants_by_id(brand.ctx, ids=[brand.variants[sku]])[brand.variants[sku]]
    changed = VariantDraft(row.sku, row.price, f"880123456789{sku}", weight_g=weight_g, handling=Handling(dims))
    catalog.edit_variant(brand.ctx, variant_id=row.id, variant=changed)


@pytest.fixture
def brand() -> Brand:
    made = make_brand()
    measured(made, "A", (280, 180, 120), 900)
    measured(made, "B", (90, 80, 60), 250)
    boxes.add(made.ctx, box=BoxDraft("S", 200, 150, 100, empty_g=80, cost_minor=30), currency="EUR")
    boxes.add(made.ctx, box=BoxDraft("M", 300, 200, 200, empty_g=150, cost_minor=50), currency="EUR")
    return made


def order_of(brand: Brand, part: int) -> int:
    return order_queries.fulfilment_orders_by_id(brand.ctx, ids=[part])[part].order_id


def forms_of(page: str) -> list[dict[str, str]]:
    """What each proposed box would send."""
    return [
        dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
        | {"box": found[1] if (found := re.search(r'<option value="(\d*)" selected', form)) else ""}
        for form in re.findall(r'<form class="card pack-box".*?</form>', page, re.S)
    ]


def test_the_page_proposes_boxes_and_says_why_not_fewer(brand: Brand) -> None:
    [part] = picked(brand.ctx, draft([("A", 2), ("B", 1)]))
    page = signed_in(brand.ctx, role="warehouse").get(f"/fulfilment/pack/{part}/").content.decode()
    assert "2 boxes proposed" in page
    assert "Box 1 of 2: M" in page
    assert "All together are too much: 12.5 litres, and it holds 12.0." in page
    assert "A is too long: its longest side is 280 mm, and there is room for 200 mm." in page
    first, second = forms_of(page)
    assert (first["weight_g"], first["planned"], second["planned"]) == ("1300", "2", "2")


def test_a_packer_closes_box_by_box_moves_units_and_sends_each_once(brand: Brand) -> None:
    [part, following] = picked(brand.ctx, draft([("A", 2), ("B", 2)]), draft([("B", 1)]))
    client = signed_in(brand.ctx, role="warehouse")
    first, *_ = forms_of(client.get(f"/fulfilment/pack/{part}/").content.decode())
    line_b = next(line for line in order_queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part]) if line.sku == "B")
    moved = first | {f"u-{line_b.order_line_id}": "0", "weight_g": "1,111"}
    for _ in range(2):  # a double click
        assert client.post(f"/fulfilment/pack/{part}/", moved).status_code == 302
    page = client.get(f"/fulfilment/pack/{part}/").content.decode()
    assert "Box 1 of 2: M" in page
    [rest] = forms_of(page)
    assert rest[f"u-{line_b.order_line_id}"] == "2"
    client.post(f"/fulfilment/pack/{part}/", rest)
    parcels = shipping.live_parcels_of(brand.ctx, fulfilment_order_ids=[part])[part]
    held = [[(x.sku, x.qty) for x in shipping.parcel_lines_of(brand.ctx, parcel_ids=[p.id])] for p in parcels]
    assert (held, [(p.weight_g, p.box_name) for p in parcels]) == (
        [[("A", 1)], [("A", 1), ("B", 2)]], [(1111, "M"), (1550, "M")],
    )  # fmt: skip
    assert f"/fulfilment/pack/{following}/" in client.get(f"/fulfilment/pack/{part}/").content.decode()


def test_a_box_is_opened_again_from_the_page(brand: Brand) -> None:
    [part] = picked(brand.ctx, draft([("B", 1)]))
    parcel = fulfilment.pack(brand.ctx, fulfilment_order_id=part) or 0
    client = signed_in(brand.ctx, role="warehouse")
    assert f"unpack-{parcel}" in client.get(f"/fulfilment/pack/{part}/").content.decode()
    client.post(f"/fulfilment/parcels/{parcel}/unpack/")
    assert shipping.live_parcels_of(brand.ctx, fulfilment_order_ids=[part]) == {}
    assert "Everything is in: pack" in client.get(f"/fulfilment/pack/{part}/").content.decode()
    assert signed_in(make_ctx(), role="owner").post(f"/fulfilment/parcels/{parcel}/unpack/").status_code == 404


@pytest.mark.parametrize("fields", [{"weight_g": "heavy"}, {"weight_g": "0"}, {"box": "999999"}, {"u-1": "1"}])
def test_nonsense_closes_nothing(brand: Brand, fields: dict[str, str]) -> None:
    [part] = picked(brand.ctx, draft([("B", 1)]))
    client = signed_in(brand.ctx, role="warehouse")
    client.post(f"/fulfilment/pack/{part}/", fields | {"wish": str(uuid4())})
    assert shipping.live_parcels_of(brand.ctx, fulfilment_order_ids=[part]) == {}


def test_one_scan_opens_what_is_meant(brand: Brand) -> None:
    [one, two] = picked(brand.ctx, draft([("A", 1)], external_id="7001"), draft([("B", 1)], external_id="7002"))
    [unpicked] = listed(brand.ctx, draft([("C", 1)], external_id="7003"))
    client = signed_in(brand.ctx, role="warehouse")
    [task, *_] = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[one])

    def opened(code: str) -> str:
        answer = client.get("/fulfilment/pack/", {"code": code})
        return answer.headers.get("Location", str(answer.status_code))

    assert opened("#7002") == opened("7002") == opened("b") == f"/fulfilment/pack/{two}/"
    assert opened("880123456789A") == opened(f"PL{task.pick_list_id}") == f"/fulfilment/pack/{one}/"
    assert (opened("7003"), opened("C"), opened("nothing"), opened("PL999999")) == ("404", "404", "404", "404")
    assert unpicked
    assert f"/fulfilment/pack/{two}/" in client.get("/fulfilment/pack/").content.decode()


def test_what_customs_lack_is_said_with_where_to_write_it(brand: Brand) -> None:
    [abroad, home] = picked(brand.ctx, draft([("B", 1)], country="GB"), draft([("B", 1)], country="FR"))
    client = signed_in(brand.ctx, role="warehouse")
    page = client.get(f"/fulfilment/pack/{abroad}/").content.decode()
    product = variants.variants_by_id(brand.ctx, ids=[brand.variants["B"]])[brand.variants["B"]].product_id
    assert "something is not written down" in page
    assert f"/products/{product}/" in page
    assert "something is not written down" not in client.get(f"/fulfilment/pack/{home}/").content.decode()


def test_a_gift_shows_at_the_table_and_its_slip_has_no_price(brand: Brand) -> None:
    [part] = picked(brand.ctx, draft([("B", 2)]))
    client = signed_in(brand.ctx, role="warehouse")
    client.post(f"/fulfilment/pack/{part}/gift/", {"gift": "on", "message": " Happy  birthday \r\n from us "})
    assert "A gift: the slip shows no prices." in client.get(f"/fulfilment/pack/{part}/").content.decode()
    line = order_queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part])[0].order_line_id
    closing = Closing(units={line: 1}, planned=2)
    parcel = fulfilment.pack(brand.ctx, fulfilment_order_id=part, closing=closing) or 0
    slip = printing.slip_fields(brand.ctx, parcel_id=parcel)
    assert (slip.gift, slip.note, slip.parcel, slip.parcels) == (True, "Happy birthday\nfrom us", 1, 2)
    client.post(f"/fulfilment/pack/{part}/gift/", {"message": "Happy"})
    slip = printing.slip_fields(brand.ctx, parcel_id=parcel)
    assert (slip.gift, slip.note) == (False, "")


def test_an_order_that_a_shop_tagged_as_a_gift_is_one(brand: Brand) -> None:
    [part] = picked(brand.ctx, draft([("B", 1)]))
    order_id = order_of(brand, part)
    version = order_queries.get(brand.ctx, id=order_id).version
    orders.annotate(brand.ctx, order_id=order_id, version=version, note="", tags=["gift"])
    assert gifts.gifts_of(brand.ctx, order_ids=[order_id])[order_id].is_tagged
    parcel = fulfilment.pack(brand.ctx, fulfilment_order_id=part) or 0
    assert printing.slip_fields(brand.ctx, parcel_id=parcel).gift


def test_boxes_are_set_up_under_settings(brand: Brand) -> None:
    owner = signed_in(brand.ctx)
    given = {"name": "Mailer", "length_mm": "330", "width_mm": "240", "height_mm": "20", "cost": "0.09", "flat": "on"}
    assert owner.post("/settings/boxes/add/", given).status_code == 302
    box = next(row for row in boxes.list_boxes(brand.ctx) if row.name == "Mailer")
    assert (box.dims_mm, box.cost_minor, box.flat, box.most_g) == ((330, 240, 20), 9, True, 0)
    wrong = owner.post(f"/settings/boxes/{box.id}/", given | {"width_mm": "x"})
    assert (wrong.status_code, "is a whole number" in wrong.content.decode()) == (422, True)
    assert owner.post("/settings/boxes/add/", given).status_code == 409
    owner.post(f"/settings/boxes/{box.id}/", given | {"name": "Mailer C4"})
    owner.post(f"/settings/boxes/{box.id}/use/", {"active": "no"})
    changed = boxes.find(brand.ctx, box_id=box.id)
    assert (changed.name, changed.active) == ("Mailer C4", False)
    assert "Mailer C4" in owner.get("/settings/boxes/").content.decode()
    assert signed_in(make_ctx()).post(f"/settings/boxes/{box.id}/", given).status_code == 404


def test_an_order_is_made_a_gift_on_its_own_page(brand: Brand) -> None:
    [part] = picked(brand.ctx, draft([("B", 1)]))
    order_id = order_of(brand, part)
    client = signed_in(brand.ctx, role="service")
    assert "Make it a gift" in client.get(f"/orders/{order_id}/").content.decode()
    client.post(f"/orders/{order_id}/gift/", {"gift": "on", "message": "Enjoy"})
    assert gifts.gifts_of(brand.ctx, order_ids=[order_id])[order_id].message == "Enjoy"
    assert "Enjoy" in client.get(f"/orders/{order_id}/").content.decode()
    assert signed_in(make_ctx()).post(f"/orders/{order_id}/gift/", {}).status_code == 404
