"""What comes back, over the API: each product beside its category, and what lies above chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.base import db
from doorstep.flows import intake
from doorstep.orders.placing import Accepted
from tests.api.conftest import Api, make_key, refused
from tests.factories import draft, make_brand
from tests.returning import ask, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    """A hundred of A and of B and ten of C, of one category; thirty of A came back, five of B, two of C, none of D."""
    made = make_brand(stock_each=0, skus=("A", "B", "C", "D"))
    made = replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))
    db.execute("UPDATE catalog_product SET category = 'Shirts'")
    sold = draft([("A", 100), ("B", 100), ("C", 10)])
    sold = replace(sold, placed_at=made.ctx.now - timedelta(days=20))
    [answer] = intake.accept(made.ctx, [sold], historical=True)
    assert isinstance(answer, Accepted)
    for n, (sku, qty, reason) in enumerate(
        [("A", 20, "too_small"), ("A", 10, "damaged"), ("B", 5, "changed_mind"), ("C", 2, "defective")]
    ):
        ask(made.ctx, answer.order_id, wish(made.ctx, answer.order_id, sku, qty, reason=reason), key=f"k{n}")
    return Api(made, make_key(made))


def product_of(api: Api, sku: str) -> int:
    return int(api.get(f"/variants/{api.brand.variants[sku]}").json()["product_id"])


def test_products_stand_beside_their_category_with_reasons_and_interval(api: Api) -> None:
    a, b, c = api.get("/returns/report").json()["products"]

    assert [(row["title"], row["share"]["returned"], row["share"]["sold"], row["is_finding"]) for row in (a, b, c)] == [
        ("Thing A", 30, 100, True), ("Thing B", 5, 100, False), ("Thing C", 2, 10, False),
    ]  # fmt: skip
    assert a["reasons"] == [{"reason": "too_small", "units": 20}, {"reason": "damaged", "units": 10}]
    assert (a["category"], a["category_share"]["returned"], a["category_share"]["sold"]) == ("Shirts", 37, 210)
    assert (round(a["share"]["low"], 3), a["share"]["rate"], round(a["share"]["high"], 3)) == (0.219, 0.3, 0.396)


def test_the_report_is_paged_and_can_tell_only_findings(api: Api) -> None:
    first = api.get("/returns/report?limit=2").json()
    rest = api.get(f"/returns/report?limit=2&cursor={first['next']}").json()

    assert [row["title"] for row in first["products"]] == ["Thing A", "Thing B"]
    assert ([row["title"] for row in rest["products"]], rest["next"]) == (["Thing C"], None)
    findings = api.get("/returns/report?only=findings").json()
    assert ([row["title"] for row in findings["products"]], findings["next"]) == (["Thing A"], None)


def test_only_what_was_sold_in_the_time_counts(api: Api) -> None:
    assert api.get("/returns/report?days=10").json()["products"] == []
    refused(api.get("/returns/report?days=0"), 422, "invalid")
    refused(api.get("/returns/report?days=1000000000000"), 422, "invalid")


def test_one_product_is_told_also_where_nothing_of_it_was_sold(api: Api) -> None:
    one = api.get(f"/returns/report/{product_of(api, 'A')}?days=30").json()
    none = api.get(f"/returns/report/{product_of(api, 'D')}").json()

    assert (one["share"]["returned"], one["is_finding"], len(one["reasons"])) == (30, True, 2)
    since, until = (datetime.fromisoformat(one[name]) for name in ("since", "until"))
    assert until - since == timedelta(days=30)
    assert (none["share"], none["reasons"]) == ({"returned": 0, "sold": 0, "rate": 0.0, "low": 0.0, "high": 1.0}, [])
    assert none["category_share"] == one["category_share"]
    refused(api.get("/returns/report/987654321"), 404, "not_found")


def test_a_key_without_the_scope_reads_nothing(api: Api) -> None:
    other = Api(api.brand, make_key(api.brand, "orders:read"))

    refused(other.get("/returns/report"), 403, "missing_scope")
