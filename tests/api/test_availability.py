"""Availability of many SKUs in one answer: what a shop front shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.api.v1.availability_shapes import place_of
from doorstep.base import db
from tests.api.conftest import Api, make_key, refused
from tests.factories import Brand, draft, make_brand, make_ctx, make_variants, place, receive

pytestmark = pytest.mark.django_db


def row(api: Api, sku: str, available: int, **more: Any) -> dict[str, Any]:
    return {
        "variant_id": api.brand.variants[sku], "sku": sku, "on_sale": True, "bundle": False, "available": available,
        "selling": "none", "available_on": None,
    } | more  # fmt: skip


def sell(api: Api, sku: str, **rule: Any) -> None:
    assert api.ask("PUT", f"/stock/{sku}/selling", rule).status_code == 200


def bundle(api: Api, sku: str, **units: int) -> None:
    """Makes a variant that is a bundle of others."""
    api.brand.variants.update(make_variants(api.brand.ctx, [sku]))
    components = [{"sku": part, "qty": qty} for part, qty in units.items()]
    answer = api.ask("PUT", f"/variants/{api.brand.variants[sku]}/components", {"components": components})
    assert answer.status_code == 200, answer.content


def test_each_sku_is_answered_once_in_the_order_asked_and_unknown_ones_are_named(api: Api) -> None:
    receive(api.brand.ctx, api.brand.variants["B"], api.brand.seoul, 3)
    sell(api, "C", kind="preorder", available_on="2026-12-24")
    whole = [row(api, "B", 23), row(api, "C", 20, selling="preorder", available_on="2026-12-24"), row(api, "A", 20)]

    for answer in (
        api.get("/availability?sku=B&sku=X,C&sku=A,B, C"),
        api.post("/availability/query", {"skus": ["B", "X", "C", "A", "B"]}),
    ):
        assert answer.status_code == 200, answer.content
        found = answer.json()
        assert place_of(found.pop("cursor"), field="after")
        assert found == {"availability": whole, "unknown": ["X"], "next": None}


def test_only_post_asks_for_a_sku_that_holds_a_comma(api: Api) -> None:
    api.brand.variants.update(make_variants(api.brand.ctx, ["A,B"]))

    assert api.post("/availability/query", {"skus": ["A,B"]}).json()["availability"] == [row(api, "A,B", 0)]


def test_of_a_bundle_there_is_what_its_components_allow(api: Api) -> None:
    bundle(api, "SET", A=3, B=1)
    bundle(api, "PAIR", C=2)
    for sku in ("A", "B"):
        sell(api, sku, kind="backorder")
    sell(api, "C", kind="preorder", available_on="2026-12-24")

    assert api.get("/availability?sku=SET,PAIR,A").json()["availability"] == [
        row(api, "SET", 6, bundle=True, selling="backorder"),
        row(api, "PAIR", 10, bundle=True, selling="preorder", available_on="2026-12-24"),
        row(api, "A", 20, selling="backorder"),
    ]
    sell(api, "B", kind="none")
    assert api.get("/availability?sku=SET").json()["availability"] == [row(api, "SET", 6, bundle=True)]


def test_what_is_sold_beyond_its_limit_is_not_sold_beyond_stock_any_more(api: Api) -> None:
    sell(api, "A", kind="backorder", max_units=3)
    place(api.brand.ctx, draft([("A", 20)]), draft([("A", 2)]))
    assert api.get("/availability?sku=A").json()["availability"] == [row(api, "A", 0, selling="backorder")]
    place(api.brand.ctx, draft([("A", 1)]))
    assert api.get("/availability?sku=A").json()["availability"] == [row(api, "A", 0)]
    sell(api, "A", kind="backorder", max_units=4)
    assert api.get("/availability?sku=A").json()["availability"] == [row(api, "A", 0, selling="backorder")]


def test_what_is_archived_has_none_to_sell_and_is_on_no_page(api: Api) -> None:
    assert api.patch(f"/variants/{api.brand.variants['B']}", {"archived": True}).status_code == 200

    assert api.get("/availability?sku=B").json()["availability"] == [row(api, "B", 0, on_sale=False)]
    assert [one["sku"] for one in api.get("/availability").json()["availability"]] == ["A", "C"]


def test_without_skus_it_is_paged_and_every_page_has_the_cursor_of_the_first(api: Api) -> None:
    first = api.get("/availability?limit=2").json()
    second = api.get(f"/availability?limit=2&cursor={first['next']}").json()

    assert first["availability"] + second["availability"] == [row(api, sku, 20) for sku in "ABC"]
    assert (second["cursor"], second["next"], second["unknown"]) == (first["cursor"], None, [])


@pytest.mark.parametrize("n", [1, 5000])
def test_it_takes_the_same_few_statements_however_many_skus_are_asked_for(n: int, api: Api) -> None:
    bundle(api, "SET", A=3, B=1)
    skus = ["A", "SET", *(f"X{i}" for i in range(n - 1))]
    with CaptureQueriesContext(connection) as asked:
        answer = api.post("/availability/query", {"skus": skus[:5000]})
    about = [q["sql"] for q in asked if any(f"FROM {name}" in q["sql"] for name in ("pg_control", "catalog", "stock"))]

    assert [one["sku"] for one in answer.json()["availability"]] == ["A", "SET"]
    # The cursor, the rows, and of bundles: components, those with their pools, and how each is sold.
    assert len(about) == 6


def test_it_refuses_more_skus_than_it_takes_and_cursors_of_other_lists(api: Api) -> None:
    many = [f"X{i}" for i in range(5001)]
    assert refused(api.post("/availability/query", {"skus": many}), 422, "invalid")["errors"][0]["pointer"] == "/skus"
    problem = refused(api.get("/availability?sku=" + ",".join(many)), 422, "invalid")
    assert problem["errors"] == [{"pointer": "sku", "code": "too_many", "detail": "names more than 5000 SKUs."}]
    for path in ("/availability?cursor=x", "/availability?sku=A&cursor=x", "/availability/changes?after=x"):
        refused(api.get(path), 422, "invalid")
    page = api.get("/availability?limit=1").json()
    refused(api.get(f"/availability/changes?after={page['next']}"), 422, "invalid")
    refused(api.get(f"/availability?cursor={page['cursor']}"), 422, "invalid")


def test_a_question_is_answered_anew_whatever_key_it_comes_under(api: Api) -> None:
    for available in (20, 21):
        answer = api.post("/availability/query", {"skus": ["A"]}, idempotency_key="q-1")
        assert answer.json()["availability"] == [row(api, "A", available)]
        receive(api.brand.ctx, api.brand.variants["A"], api.brand.seoul, 1)


def test_a_stranger_reads_nothing_and_has_no_use_for_anothers_cursor(api: Api) -> None:
    stranger = Api(api.brand, make_key(Brand(make_ctx("Stranger"), 0, 0, {})))
    cursor = api.get("/availability").json()["cursor"]

    assert stranger.get("/availability").json()["availability"] == []
    asked = stranger.post("/availability/query", {"skus": ["A"]}).json()
    assert (asked["availability"], asked["unknown"]) == ([], ["A"])
    refused(stranger.get(f"/availability/changes?after={cursor}"), 410, "cursor_gone")
    assert stranger.get(f"/availability/changes?after={asked['cursor']}").json()["availability"] == []


def test_two_brands_with_the_same_skus_are_told_apart(api: Api) -> None:
    other = make_brand(stock_each=1)
    theirs = Api(other, make_key(other))

    assert theirs.get("/availability?sku=A").json()["availability"] == [row(theirs, "A", 2)]
    assert api.get("/availability?sku=A").json()["availability"] == [row(api, "A", 20)]


def test_for_a_country_there_is_what_can_leave_the_places_that_serve_it(api: Api) -> None:
    ctx, brand = api.brand.ctx, api.brand
    db.execute("UPDATE locations_location SET serves = %s WHERE id = %s", ['["KR"]', brand.seoul])
    bundle(api, "SET", A=4)

    def near(country: str) -> list[int]:
        found = api.get(f"/availability?sku=A,SET&country={country}").json()["availability"]
        assert found == api.post("/availability/query", {"skus": ["A", "SET"], "country": country.upper()}).json()["availability"]
        return [row["available"] for row in found]

    assert (near("kr"), near("DE")) == ([20, 5], [10, 2])
    place(ctx, draft([("A", 5)], country="KR"))  # may come from either place
    assert (near("KR"), near("DE")) == ([15, 3], [10, 2])
    place(ctx, draft([("A", 4)], country="DE"))
    assert (near("KR"), near("DE")) == ([11, 2], [6, 1])
    answer = refused(api.get("/availability?country=DE"), 422, "invalid")
    assert answer["errors"][0]["code"] == "needs_sku"
