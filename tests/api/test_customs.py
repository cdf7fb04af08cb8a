"""What a brand, a place and a person say about customs reaches the wish for a label; what must be filed first waits."""

from __future__ import annotations

import pytest

from doorstep.base.money import Money
from doorstep.flows import declare, ship
from doorstep.shipping import actions as shipping
from doorstep.shipping import exporting, queries
from doorstep.shipping.terms import EEI_NEEDED, BrandTerms, ParcelTerms, PlaceTerms
from tests.api.conftest import Api
from tests.factories import Brand, draft, make_brand, make_location, make_variants, packed, receive, signed_in

pytestmark = pytest.mark.django_db


def sent(origin: str, to: str) -> tuple[Brand, int, int]:
    """A parcel that is packed in one country for another.  Gives brand, parcel, place."""
    brand = make_brand(stock_each=0)
    place = make_location(brand.ctx, "X", origin)
    receive(brand.ctx, variant_id=brand.variants["A"], location_id=place, qty=9)
    [parcel_id] = packed(brand.ctx, draft([("A", 3)], country=to))
    return brand, parcel_id, place


def test_brand_place_and_parcel_are_told_to_the_carrier() -> None:
    brand, parcel_id, place = sent("KR", "DE")
    exporting.set_brand_terms(brand.ctx, wanted=BrandTerms("DDP", "return", "IM3720000224"))
    declare.set_place(brand.ctx, location_id=place, wanted=PlaceTerms("gb 123456789000", " Lee "))
    parcel = queries.get_parcel(brand.ctx, parcel_id=parcel_id)
    told = ship.wish_of(brand.ctx, None, parcel).terms
    assert (told.incoterm, told.ioss, told.ioss_state, told.eori, told.signer) == (
        "DDP", "IM3720000224", "IE", "GB123456789000", "Lee",
    )  # fmt: skip
    signed_in(brand.ctx).post("/settings/customs/places/", {f"eori-{place}": "", f"signer-{place}": "A\x00\nB"})
    signed_in(brand.ctx).post(f"/shipments/{parcel_id}/customs/declare/", {"contents": "other", "explanation": "Tea\x00\r\nset"})
    told = ship.wish_of(brand.ctx, None, parcel).terms
    assert (told.signer, told.contents, told.explanation) == ("A B", "other", "Tea set")
    exporting.declare(brand.ctx, parcel_id=parcel_id, wanted=ParcelTerms(contents="sample", incoterm="DAP"))
    told = ship.wish_of(brand.ctx, None, parcel).terms
    assert (told.incoterm, told.ioss, told.contents) == ("DAP", "", "sample")
    page = signed_in(brand.ctx).get(f"/shipments/{parcel_id}/customs/").content.decode()
    assert "It is no sale, so IOSS does not count." in page


def test_an_export_that_must_be_filed_is_declined_before_anybody_is_asked(api: Api) -> None:
    ctx = api.brand.ctx
    place = make_location(ctx, "EWR", "US")
    only = make_variants(ctx, ["US-ONLY"])["US-ONLY"]
    receive(ctx, variant_id=only, location_id=place, qty=30)
    [parcel_id] = packed(ctx, draft([("US-ONLY", 2)], country="KR"))  # nobody said what euros are in dollars
    to = {"url": "http://127.0.0.1:9", "token": "t"}
    carrier = shipping.connect_carrier(ctx, code="c", name="Carrier", provider="easypost", settings=to)
    shipping.want_label(ctx, parcel_ids=[parcel_id], carrier_id=carrier)
    [label] = queries.labels_of(ctx, parcel_ids=[parcel_id])
    ship.settle_label(ctx, label_id=label.id)
    declined = queries.get_label(ctx, label_id=label.id)
    assert (declined.state, declined.problem, declined.asked_times) == ("declined", EEI_NEEDED, 0)
    assert api.get(f"/shipments/{parcel_id}/declaration").json()["filing_why"] == "needed"
    owner = signed_in(ctx)
    assert "file it" in owner.get(f"/shipments/{parcel_id}/customs/").content.decode().lower()
    bad = api.ask("PUT", f"/shipments/{parcel_id}/declaration", {"itn": "X12"})
    assert bad.status_code == 422
    assert owner.post(f"/shipments/{parcel_id}/customs/declare/", {"itn": "X12"}).status_code == 422
    filed = api.ask("PUT", f"/shipments/{parcel_id}/declaration", {"itn": "x20261127123456"}).json()
    assert (filed["filing"], filed["filing_why"]) == ("AES X20261127123456", "filed")
    assert ship.wish_of(ctx, None, queries.get_parcel(ctx, parcel_id=parcel_id)).terms.filing == "AES X20261127123456"
    shipping.want_label(ctx, parcel_ids=[parcel_id], carrier_id=carrier)
    late = api.ask("PUT", f"/shipments/{parcel_id}/declaration", {})
    assert (late.status_code, late.json()["code"]) == (409, "declared_already")


def test_the_terms_are_set_by_page_and_by_api(api: Api) -> None:
    ctx, place = api.brand.ctx, api.brand.berlin
    owner = signed_in(ctx)
    given = {"incoterm": "DDP", "non_delivery": "abandon", "ioss": "IM2760000742", "eei_limit": "2,300.00"}
    assert owner.post("/settings/customs/save/", given).status_code == 302
    assert exporting.brand_terms(ctx) == BrandTerms("DDP", "abandon", "IM2760000742", None, Money(230_000, "EUR"))
    for wrong in ({"ioss": "12"}, {"incoterm": "XXX"}, {"non_delivery": ""}):
        assert owner.post("/settings/customs/save/", given | wrong).status_code == 422
    assert owner.post("/settings/customs/places/", {f"eori-{place}": "DE1234"}).status_code == 302
    assert owner.post("/settings/customs/places/", {f"eori-{place}": "-"}).status_code == 422
    assert api.get(f"/locations/{place}/customs-terms").json() == {
        "location_id": place, "eori": "DE1234", "signer": "", "incoterm": "",
    }  # fmt: skip
    assert owner.get("/settings/customs/").status_code == 200
    kept = api.ask("PUT", "/customs-terms", {"ioss_limit": {"amount": "150.00", "currency": "EUR"}}).json()
    assert (kept["incoterm"], kept["ioss"], kept["ioss_limit"]) == ("DAP", "", {"amount": "150.00", "currency": "EUR"})
