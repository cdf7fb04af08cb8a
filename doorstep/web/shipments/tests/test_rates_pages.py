"""Offers, rate sheets, manifests and checked addresses through HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string

from doorstep.base import db
from doorstep.base.money import Money
from doorstep.flows import manifests as closing
from doorstep.flows import ship
from doorstep.orders import queries as orders
from doorstep.orders.values import Address
from doorstep.shipping import actions as shipping
from doorstep.shipping import checks, manifests, own, policy, queries
from doorstep.shipping.sheets.examples import KOREAN
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, packed, place, receive, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
TO = Address(name="김민서", lines=("해운대로 1",), city="해운대구", region="부산광역시", postal_code="48094", country="KR")


def brand_with_sheet(mode: str = "range") -> tuple[Brand, int]:
    brand = make_brand()
    receive(brand.ctx, variant_id=brand.variants["A"], location_id=brand.seoul, qty=50)
    settings = own.check_numbers(mode, "50", "1", "99999999", "mod7")
    carrier_id = shipping.connect_carrier(brand.ctx, code="own", name="Hanjin", provider="own_rates", settings=settings)
    own.save_sheet(brand.ctx, carrier_id=carrier_id, text=KOREAN)
    return brand, carrier_id


def a_parcel(brand: Brand) -> int:
    [parcel_id] = packed(brand.ctx, replace(draft([("A", 1)]), ship_to=TO))
    drain()
    return parcel_id


def test_a_bought_label_says_why_its_service_was_chosen() -> None:
    brand, _ = brand_with_sheet()
    parcel_id = a_parcel(brand)
    ship.settle_label(brand.ctx, label_id=queries.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id].id)
    page = signed_in(brand.ctx, role="viewer").get(f"/shipments/{parcel_id}/").content.decode()
    for words in ("Why this service", "The cheapest; no day was promised.", "Hanjin Standard", "₩3,500"):
        assert words in page, words


def test_a_person_chooses_a_service_and_types_its_number() -> None:
    brand, carrier_id = brand_with_sheet(own.BY_HAND)
    parcel_id = a_parcel(brand)
    ship.settle_label(brand.ctx, label_id=queries.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id].id)
    assert queries.live_labels_of(brand.ctx, parcel_ids=[parcel_id]) == {}
    client = signed_in(brand.ctx, role="warehouse")
    assert f'value="{carrier_id}|Standard"' in client.get(f"/shipments/{parcel_id}/rates/").content.decode()
    chosen = {"offer": f"{carrier_id}|Standard"}
    client.post(f"/shipments/{parcel_id}/rates/take/", chosen)
    assert queries.live_labels_of(brand.ctx, parcel_ids=[parcel_id]) == {}
    client.post(f"/shipments/{parcel_id}/rates/take/", chosen | {f"number-{carrier_id}": "5012 3456 7890"})
    [label] = queries.live_labels_of(brand.ctx, parcel_ids=[parcel_id]).values()
    ship.settle_label(brand.ctx, label_id=label.id)
    bought = queries.get_label(brand.ctx, label_id=label.id)
    assert (bought.state, bought.tracking_number, bought.cost_minor) == ("bought", "501234567890", 3500)
    assert "chose it." in client.get(f"/shipments/{parcel_id}/").content.decode()


def test_a_sheet_is_previewed_line_by_line_and_saved_only_when_it_can_be_read() -> None:
    brand, carrier_id = brand_with_sheet()
    client = signed_in(brand.ctx, role="owner")
    at = f"/settings/carriers/{carrier_id}/sheet/"
    wrong = client.post(at, {"sheet": KOREAN.replace("currency,KRW", "currency,WON"), "doing": "save"})
    assert wrong.status_code == 422
    assert "WON is not an ISO 4217 currency." in wrong.content.decode()
    dearer = KOREAN.replace("3500", "4500")
    assert "₩4,500" in client.post(at, {"sheet": dearer, "doing": "look"}).content.decode()
    pounds = client.get(f"{at}?example=us").content.decode()
    assert 'class="form-control mono"' in pounds
    assert ("≤ 1 lb" in pounds, "kg" in pounds.split("<tbody>")[1]) == (True, False)
    row = own.find_sheet_row(brand.ctx, carrier_id=carrier_id)
    assert row is not None
    assert row.text == KOREAN
    assert client.post(at, {"sheet": dearer, "doing": "save"}).status_code == 302
    assert "₩4,500" in client.get(
        f"/settings/carriers/rules/?from={brand.seoul}&country=KR&postal_code=48094&weight_g=1000"
    ).content.decode()


def test_a_file_that_is_too_long_is_no_sheet_and_nul_bytes_are_none() -> None:
    brand, carrier_id = brand_with_sheet()
    client, at = signed_in(brand.ctx, role="owner"), f"/settings/carriers/{carrier_id}/sheet/"
    kept = own.find_sheet_row(brand.ctx, carrier_id=carrier_id)
    file = SimpleUploadedFile("rates.csv", (KOREAN + "# dear\n" * 100_000).encode())
    assert client.post(at, {"file": file, "doing": "save"}).status_code == 413
    assert own.find_sheet_row(brand.ctx, carrier_id=carrier_id) == kept
    assert client.post(at, {"sheet": KOREAN + "#\x00\n", "doing": "save"}).status_code == 302
    numbers = {"number_mode": "range", "number_first": "1", "number_last": "9" * 5000, "number_check": "none"}
    assert client.post(f"/settings/carriers/{carrier_id}/numbers/", numbers).status_code == 422


def test_a_file_is_read_as_the_spreadsheet_wrote_it_and_what_is_no_text_is_refused_in_words() -> None:
    brand, carrier_id = brand_with_sheet()
    client, at = signed_in(brand.ctx, role="owner"), f"/settings/carriers/{carrier_id}/sheet/"
    korean = KOREAN.replace("Mainland", "내륙")

    def sent(data: bytes) -> tuple[int, str]:
        answer = client.post(at, {"file": SimpleUploadedFile("rates.csv", data), "doing": "save"})
        row = own.find_sheet_row(brand.ctx, carrier_id=carrier_id)
        return answer.status_code, row.text if row else ""

    for encoding in ("cp949", "utf-16", "utf-8-sig"):
        own.save_sheet(brand.ctx, carrier_id=carrier_id, text=KOREAN)
        assert sent(korean.encode(encoding)) == (302, korean)
    for data in (b"PK\x03\x04" + bytes(500), bytes(range(256)), korean.encode("utf-16-le")):
        assert sent(data) == (422, korean)
    page = client.post(at, {"file": SimpleUploadedFile("rates.xlsx", b"PK\x03\x04" + bytes(500))}).content.decode()
    assert "save the table as CSV" in page


def test_a_number_that_somebody_typed_is_passed_over() -> None:
    """Else every further label of the carrier would meet it, and none could be bought any more."""
    brand, carrier_id = brand_with_sheet(own.BY_HAND)
    cost = Money(3500, "KRW")
    for n, number in enumerate(("10002", "10003")):
        own.issue_typed(brand.ctx, carrier_id=carrier_id, key=f"typed-{n}", service="Standard", cost=cost, number=number)

    def issued(key: str) -> str:
        made = own.issue(brand.ctx, carrier_id=carrier_id, key=key, service="Standard", cost=cost, asked="")
        return made if isinstance(made, str) else made.number

    own.set_numbers(brand.ctx, carrier_id=carrier_id, settings=own.check_numbers("range", "1000", "1", "4", "none"))
    assert [issued(f"made-{n}") for n in range(3)] == ["10001", "10004", own.USED_UP]


def test_the_rules_are_kept_as_they_are_written() -> None:
    brand, carrier_id = brand_with_sheet()
    given = {"promise_days": "2", "never": "Hanjin: Same day\nNobody: X", "hold_addresses": "on", "ask_carrier": ""}
    signed_in(brand.ctx, role="owner").post("/settings/carriers/rules/save/", given)
    assert policy.find(brand.ctx) == policy.PolicyRow(frozenset({(carrier_id, "Same day")}), True, None, False, 2)


def test_a_day_is_closed_and_its_paper_is_there() -> None:
    brand, carrier_id = brand_with_sheet()
    parcel_id = a_parcel(brand)
    ship.settle_label(brand.ctx, label_id=queries.live_labels_of(brand.ctx, parcel_ids=[parcel_id])[parcel_id].id)
    client = signed_in(brand.ctx, role="warehouse")
    assert "Hanjin" in client.get("/shipments/manifests/").content.decode()
    given = {"location_id": brand.seoul, "carrier_id": carrier_id}
    at = client.post("/shipments/manifests/close/", given)["Location"]
    [row] = manifests.list_manifests(brand.ctx)
    closing.close(brand.ctx, manifest_id=row.id)
    number = queries.get_parcel(brand.ctx, parcel_id=parcel_id).tracking_number
    assert number in client.get(at).content.decode()
    assert client.get(f"{at}paper.pdf").content.startswith(b"%PDF")


def test_an_address_is_mended_on_the_page_of_its_order() -> None:
    brand, _ = brand_with_sheet()
    db.execute(
        """INSERT INTO locations_postalplace (country, postal_code, place, region, latitude, longitude)
           VALUES ('KR', '48094', '중동', '부산광역시', 35.1, 129.1) ON CONFLICT DO NOTHING"""
    )
    [order_id] = place(brand.ctx, replace(draft([("A", 1)]), ship_to=replace(TO, region="서울특별시")))
    drain()
    client = signed_in(brand.ctx, role="owner")
    page = client.get(f"/orders/{order_id}/").content.decode()
    assert "The postal code 48094 belongs to 부산광역시, not to 서울특별시." in page
    version = orders.get(brand.ctx, id=order_id).version
    client.post(f"/shipments/address/{order_id}/", {"doing": "accept", "version": version})
    assert orders.get(brand.ctx, id=order_id).ship_to["region"] == "부산광역시"
    assert checks.checks_of(brand.ctx, order_ids=[order_id])[order_id].state == "ok"
    db.execute("DELETE FROM locations_postalplace")


def test_where_no_carrier_answers_the_box_says_so() -> None:
    brand = make_brand()
    to = {"url": "http://127.0.0.1:9", "token": "t"}
    shipping.connect_carrier(brand.ctx, code="away", name="Away", provider="sandbox_carrier", settings=to)

    asked = signed_in(brand.ctx).get(f"/settings/carriers/rules/?from={brand.seoul}&country=KR&postal_code=48094&weight_g=1000")

    assert (asked.status_code, "No carrier answered" in asked.content.decode()) == (502, True)


@pytest.mark.parametrize(
    ("days", "price", "dispatch", "said"),
    [(2, 1, "", "2 days after pick-up · no pick-up is entered"),
     (1, 1, "/to/", '· <a class="in-text" href="/to/">no pick-up is entered</a>'),
     (None, 1, "", "the carrier does not say"), (None, None, "", "")],
)  # fmt: skip
def test_an_offer_whose_day_nobody_knows_says_why(days: int | None, price: int | None, dispatch: str, said: str) -> None:
    line = {"arrives_on": None, "days": days, "price": price}
    shown = render_to_string("shipments/arrives.html", {"line": line, "dispatch": dispatch})
    assert said in shown if said else not shown.strip()
