"""Routing through the API: rules as a draft, versions, replays, why an order went where it went, how locations send."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from doorstep.api.lane.shapes import OrderGiven
from doorstep.api.v1.translate import order_draft
from doorstep.flows import intake, route
from doorstep.orders.placing import Accepted
from doorstep.routing.ruling.kinds import STRENGTHS
from tests.api.conftest import Api
from tests.factories import Brand, draft, place

pytestmark = pytest.mark.django_db
TO_GERMANY = {"field": "country", "op": "is", "value": "DE"}


def only(brand: Brand, at: int) -> dict[str, Any]:
    return {"rules": [{"id": "only", "kind": "only_locations", "strength": "hard", "locations": [at], "when": TO_GERMANY}]}


@pytest.mark.usefixtures("those_days")  # its orders are of the last week
def test_rules_are_written_as_a_draft_replayed_and_switched_on(api: Api) -> None:
    brand = api.brand
    route.route(brand.ctx, order_ids=place(brand.ctx, draft([("A", 1)]), draft([("B", 2)])))
    begin = api.get("/routing/rules").json()
    assert (begin["version"], begin["in_force"], begin["published_at"]) == (0, True, None)
    assert [(rule["id"], rule["strength"]) for rule in begin["rules"]] == [
        ("fewest", "priced"), ("capacity", "priced"), ("cheapest", "ranked"),
    ]  # fmt: skip
    assert api.get("/routing/rules/draft").status_code == 404
    saved = api.ask("PUT", "/routing/rules/draft", only(brand, brand.seoul))
    assert (saved.status_code, saved.json()["differences"]["only"]) == (200, "added")
    assert api.ask("PUT", "/routing/rules/draft", only(brand, brand.berlin)).status_code == 409
    replay = api.post("/routing/replays", {"days": 7})
    assert (replay.status_code, replay.json()["state"]) == (202, "done")
    result = api.get(f"/routing/replays/{replay.json()['id']}").json()["result"]
    assert (result["orders"], result["flips"], result["new"]["unserved"]) == (2, 2, 0)
    assert result["new"]["cost_minor"] > result["done"]["cost_minor"]
    assert [one["id"] for one in api.get("/routing/replays").json()["replays"]] == [replay.json()["id"]]
    edition = saved.json()["edition"]
    assert api.post("/routing/rules/draft/publish", {"edition": edition - 1}).status_code == 409
    done = api.post("/routing/rules/draft/publish", {"edition": edition, "note": "Seoul"}).json()
    assert (done["version"], done["in_force"], done["note"]) == (1, True, "Seoul")
    assert [one["version"] for one in api.get("/routing/rules/versions").json()["versions"]] == [1, 0]
    assert api.get("/routing/rules/versions/1").json() == done
    assert api.post("/routing/rules/draft/discard", {}).json() == {"discarded": False}


def test_a_rule_that_makes_no_sense_is_refused_with_its_path(api: Api) -> None:
    wrong = {"rules": [{"id": "x", "kind": "cheapest", "strength": "hard"}]}
    answer = api.ask("PUT", "/routing/rules/draft", wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_routing_rules")
    assert "rules[0].strength" in answer.json()["detail"]
    strange = {"rules": [{**only(api.brand, 1)["rules"][0], "when": {"field": "moon", "op": "is", "value": "full"}}]}
    assert api.ask("PUT", "/routing/rules/draft", strange).json()["code"] == "bad_condition"


def test_every_kind_of_rule_is_made_through_the_api_in_every_way_that_it_may_count(api: Api) -> None:
    told = {"locations": [api.brand.seoul], "days": 2, "km": 300, "parcels": 2, "skus": ["A"], "price_minor": 100, "carrier": "DHL"}
    rules = [
        {"id": f"{kind.value}-{strength.value}", "kind": kind.value, "strength": strength.value, **told}
        for kind, strengths in STRENGTHS.items()
        for strength in strengths
    ]
    saved = api.ask("PUT", "/routing/rules/draft", {"rules": rules})
    assert saved.status_code == 200, saved.json()
    assert [(rule["kind"], rule["strength"]) for rule in saved.json()["rules"]] == [(r["kind"], r["strength"]) for r in rules]


def test_rules_ask_for_the_service_that_was_ordered_and_for_the_groups_of_the_customer(api: Api) -> None:
    brand = api.brand
    rules = [
        {"id": "fast", "kind": "only_locations", "strength": "hard", "locations": [brand.seoul],
         "when": {"field": "shipping_service", "op": "starts_with", "value": "Express"}},
        {"id": "vip", "kind": "only_locations", "strength": "hard", "locations": [brand.seoul],
         "when": {"field": "customer_groups", "op": "has", "value": "VIP"}},
    ]  # fmt: skip
    edition = api.ask("PUT", "/routing/rules/draft", {"rules": rules}).json()["edition"]
    assert api.post("/routing/rules/draft/publish", {"edition": edition}).status_code == 200

    def goes_from(n: int, **more: Any) -> int:
        order = {
            "external_id": f"asks-{n}", "placed_at": "2026-11-23T08:00:00Z", "currency": "EUR",
            "ship_to": {"name": "Ada", "lines": ["Torstr. 1"], "city": "Berlin", "postal_code": "10115", "country": "DE"},
            "lines": [{"sku": "A", "qty": 1, "unit_price": {"amount": "10.00", "currency": "EUR"}}],
        } | more  # fmt: skip
        made = intake.accept(brand.ctx, [order_draft(msgspec.convert(order, OrderGiven), now=brand.ctx.now)])
        [answer] = made
        assert isinstance(answer, Accepted)
        route.route(brand.ctx, order_ids=[answer.order_id])
        [found] = api.get(f"/orders/{answer.order_id}/routing").json()["decisions"]
        [parcel] = found["parcels"]
        return int(parcel["location_id"])

    assert goes_from(1) == brand.berlin
    assert goes_from(2, shipping_service="Standard", customer={"groups": ["staff"]}) == brand.berlin
    assert goes_from(3, shipping_service="Express 24h") == brand.seoul
    assert goes_from(4, customer={"name": "Ada", "groups": ["staff", "VIP"]}) == brand.seoul


def test_an_order_says_why_it_went_where_it_went(api: Api) -> None:
    brand = api.brand
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    route.route(brand.ctx, order_ids=[order_id])
    [found] = api.get(f"/orders/{order_id}/routing").json()["decisions"]
    assert (found["why"], found["rules_version"], found["level"]) == ("nearest_complete", 0, "zones")
    [parcel] = found["parcels"]
    assert (parcel["location_id"], list(parcel["units"].values())) == (brand.berlin, [2])
    assert found["total"] == pytest.approx(parcel["ship"] + parcel["handling"])
    far = next(one for one in found["considered"] if one["location_id"] == brand.seoul)
    assert far["cost"]["total"] > found["total"]
    other = next(one for one in found["others"] if one["locations"] == [brand.seoul])
    assert other["more"] == pytest.approx(far["cost"]["total"] - found["total"], abs=0.02)


def test_how_a_location_sends_is_set_and_read(api: Api) -> None:
    at = api.brand.berlin
    form = {"weekdays": [1, 2, 3], "cut_off": "14:00", "pickups": [{"at": "16:30", "carrier": "UPS"}], "capacity_per_day": 50,
            "handling_minor": 150, "holidays": ["2026-12-25"], "priority": 2}  # fmt: skip
    answer = api.ask("PUT", f"/locations/{at}/dispatch", form)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in form} == form
    row = api.get(f"/locations/{at}/dispatch").json()
    assert {name: row[name] for name in form} == form
    assert (row["leaves"]["waits"] in ("", "cut_off", "closed", "pickup"), row["used"]) == (True, 0)
    assert api.ask("PUT", f"/locations/{at}/dispatch", {"weekdays": []}).status_code == 422
    assert api.ask("PUT", "/locations/999999/dispatch", form).status_code == 404
