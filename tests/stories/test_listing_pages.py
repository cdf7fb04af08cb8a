"""What staff see and say of listings, by page and by API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from doorstep.channels import exposure_rules, exposures, listings
from doorstep.channels.exposure import Rule
from doorstep.channels.values import ListingFilter
from doorstep.flows import expose
from tests.api.conftest import Api, make_key, refused
from tests.contracts.conftest import CATALOG
from tests.exposing import Shown, shown
from tests.factories import draft, make_brand, place, signed_in

pytestmark = pytest.mark.django_db
__all__ = ["shown"]


@pytest.fixture
def staff(shown: Shown) -> Client:
    return signed_in(shown.brand.ctx)


@pytest.fixture
def api(shown: Shown) -> Api:
    return Api(shown.brand, make_key(shown.brand))


def unmapped(shown: Shown) -> int:
    odd = {"sku": "ODD", "title": "Thing of A kind", "price": "1.00", "currency": "EUR"}
    shown.shop.http.put("/admin/catalog", json=[*CATALOG, odd])
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    (row,) = listings.list_page(shown.ctx, where=ListingFilter(state="unmapped"))
    return row.id


def test_the_page_says_why_a_channel_shows_its_number(shown: Shown, staff: Client) -> None:
    shown.sync()
    place(shown.ctx, draft([("A", 3)]))
    address = f"/channels/listings/{shown.listing('A')}/"
    answer = staff.post(f"{address}rule/", {"buffer": "2", "share_pct": "50", "most": "", "excluded": ""})
    assert (answer.status_code, answer["Location"]) == (302, address)
    shown.sync()
    page = staff.get(address).content.decode()
    for said in ("can be sold in the whole house", "2 units are kept back", "its share is 50 %", "Shown"):
        assert said in page, said
    assert shown.there()["A"] == 7
    wrong = staff.post(f"{address}rule/", {"buffer": "two", "share_pct": "500"})
    assert wrong.status_code == 422
    assert "Write a whole number, or nothing." in wrong.content.decode()
    assert shown.exposure("A").wanted == 7


def test_an_unmapped_listing_is_found_suggested_mapped_and_ignored(shown: Shown, staff: Client) -> None:
    id = unmapped(shown)
    listed = staff.get("/channels/listings/?state=unmapped").content.decode()
    assert "Thing of A kind" in listed
    assert "Map it" in listed
    page = staff.get(f"/channels/listings/{id}/").content.decode()
    assert "Which product is this?" in page
    assert "Thing A" in page  # suggested, for it is called alike
    staff.post(f"/channels/listings/{id}/ignore/", {"ignored": "1"})
    assert "Everything is mapped" in staff.get("/channels/listings/?state=unmapped").content.decode()
    staff.post(f"/channels/listings/{id}/link/", {"variant": str(shown.brand.variants["B"])})
    shown.sync()
    assert shown.there()["ODD"] == 20
    assert staff.post(f"/channels/listings/{id}/link/", {"variant": "x"}).status_code in (302, 409, 422)
    assert listings.get(shown.ctx, listing_id=id).variant_id == shown.brand.variants["B"]


def test_a_whole_channel_is_shown_less(shown: Shown, staff: Client) -> None:
    staff.post(f"/channels/{shown.connection.id}/rule/", {"most": "5"})
    shown.sync()
    assert shown.there() == dict.fromkeys("ABCD", 5)
    assert "Read what it offers" in staff.get(f"/channels/{shown.connection.id}/").content.decode()
    assert staff.post(f"/channels/{shown.connection.id}/listings/").status_code == 302


def test_drift_is_listed_with_its_cause_and_heals(shown: Shown, staff: Client, api: Api) -> None:
    shown.sync(timedelta(minutes=-1))
    shown.shop.http.put("/inventory/A", json={"available": 25})
    shown.sells("B", 4)
    expose.read_listings(lambda: shown.ctx, connection_id=shown.connection.id)
    page = staff.get("/channels/drift/?state=open").content.decode()
    for said in ("Changed in the shop", "Sold there, or changed by hand", "Being set right"):
        assert said in page, said
    assert shown.sync() == 1  # A is set right; of B the shop is believed
    assert (shown.there()["A"], shown.there()["B"]) == (20, 16)
    found = api.get("/drift").json()["drift"]
    assert {(one["sku"], one["thought"], one["showed"], one["cause"], one["healed_at"] is None) for one in found} == {
        ("A", 20, 25, "edited", False), ("B", 20, 16, "late_order", True),
    }  # fmt: skip
    assert "An order on its way" not in staff.get("/channels/drift/").content.decode().partition("<tbody>")[2]
    shown.hear()
    assert "An order on its way" in staff.get("/channels/drift/").content.decode().partition("<tbody>")[2]
    assert shown.exposure("B").unseen == 0
    assert api.get("/drift?open=true").json()["drift"] == []


def test_the_api_says_and_takes_the_same(shown: Shown, api: Api) -> None:
    shown.sync()
    first = api.get("/listings?limit=3").json()
    second = api.get(f"/listings?limit=3&cursor={first['next']}").json()
    assert [one["sku"] for one in first["listings"] + second["listings"]] == list("ABCD")
    id = first["listings"][0]["id"]
    changed = api.ask("PUT", f"/listings/{id}/rule", {"most": 4}).json()
    assert (changed["should_show"], [step["step"] for step in changed["steps"]]) == (4, ["available", "most"])
    assert api.get(f"/listings/{id}").json() == changed
    refused(api.ask("PUT", f"/listings/{id}/rule", {"share_pct": 101}), 422, "invalid")
    refused(api.ask("PUT", f"/listings/{id}/rule", {"shares": 1}), 422, "invalid")
    assert api.ask("PUT", f"/connections/{shown.connection.id}/rule", {"excluded": True}).json()["excluded"] is True
    assert api.get(f"/connections/{shown.connection.id}/rule").json()["excluded"] is True
    refused(api.ask("PUT", f"/listings/{id}/variant", {"variant_id": 10**9}), 404, "not_found")
    assert api.ask("PUT", f"/listings/{id}/variant", {"variant_id": None}).json()["variant_id"] is None
    assert exposures.find(shown.ctx, listing_ids=[id]) == {}


def test_only_locations_of_ones_own_are_taken_into_a_rule(shown: Shown, api: Api) -> None:
    id, elsewhere = shown.listing("A"), make_brand().seoul
    for path in (f"/listings/{id}/rule", f"/connections/{shown.connection.id}/rule"):
        for wrong in (10**9, elsewhere):
            told = refused(api.ask("PUT", path, {"places": [shown.brand.seoul, wrong]}), 422, "invalid")
            assert "places" in str(told)
        assert api.ask("PUT", path, {"places": [shown.brand.seoul]}).status_code == 200


def test_who_unmaps_a_listing_is_told_that_the_shop_keeps_its_number(shown: Shown, staff: Client) -> None:
    id = shown.listing("A")
    shown.sync()
    says = "The channel keeps the number that it shows"
    address = f"/channels/listings/{id}/"
    assert says not in staff.get(address).content.decode()
    staff.post(f"{address}link/", {"variant": ""})
    page = staff.get(address).content.decode()
    assert (says in page, "set it in the shop, or map it" in page) == (True, True)
    assert shown.there()["A"] == 20


def test_a_stranger_sees_and_changes_nothing(shown: Shown) -> None:
    shown.sync()
    id, other = shown.listing("A"), make_brand()
    stranger, outside = signed_in(other.ctx), Api(other, make_key(other))
    for path in (f"/channels/listings/{id}/", f"/channels/{shown.connection.id}/"):
        assert stranger.get(path).status_code == 404
    stranger.post(f"/channels/listings/{id}/rule/", {"most": "0"})
    stranger.post(f"/channels/{shown.connection.id}/rule/", {"most": "0"})
    refused(outside.ask("PUT", f"/listings/{id}/rule", {"most": 0}), 404, "not_found")
    refused(outside.ask("PUT", f"/connections/{shown.connection.id}/rule", {"most": 0}), 404, "not_found")
    assert outside.get("/listings").json()["listings"] == []
    assert outside.get("/drift").json()["drift"] == []
    assert exposure_rules.rules_of(shown.ctx, connection_ids=[shown.connection.id]) == {}
    assert exposure_rules.rule_for({}, connection_id=1, listing_id=1) == Rule().over(exposure_rules.PLAIN)
