"""Orders are found by any part of what people know of them, and the index does the work."""

from __future__ import annotations

import importlib
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.orders import invariants, models, queries
from doorstep.orders.queries import OrderFilter
from doorstep.orders.rules import search_text
from doorstep.orders.values import Buyer, OrderDraft
from tests.factories import Brand, draft, make_brand, make_ctx, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand(skus=("MUG-BLUE-350", "A"))


def found(ctx: Ctx, text: str, **more: str) -> list[str]:
    return [row.name for row in queries.list_orders(ctx, where=OrderFilter(text=text, **more), limit=10)]


def known(name: str, buyer: Buyer, sku: str = "A") -> OrderDraft:
    made = draft([(sku, 1)], external_id=name)
    return replace(
        made, name=f"#{name}", buyer=buyer, ship_to=replace(made.ship_to, name=buyer.name, phone=buyer.phone)
    )


@pytest.fixture
def filled(brand: Brand) -> Ctx:
    place(
        brand.ctx,
        known("DE-1044", Buyer("김민서", "minseo.kim@example.com", "+821055501234", "ko"), "MUG-BLUE-350"),
        known("DE-2077", Buyer("홍길동", "gildong@example.org", "010-5559-9876", "ko")),
        known("US-3001", Buyer("Ada Lovelace", "ada@example.net", "+1 415 555 0100")),
    )
    return brand.ctx


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("민서", ["#DE-1044"]), ("김", ["#DE-1044"]), ("길", ["#DE-2077"]), ("길동", ["#DE-2077"]), ("blue", ["#DE-1044"]),
        ("BLUE-35", ["#DE-1044"]), ("#DE-1044", ["#DE-1044"]), ("1044", ["#DE-1044"]), ("44", ["#DE-1044"]),
        ("seo.kim@", ["#DE-1044"]), ("01055501234", ["#DE-1044"]), ("010-5550-1234", ["#DE-1044"]),
        ("+82105550", ["#DE-1044"]), ("01055599876", ["#DE-2077"]), ("14155550100", ["#US-3001"]),
        ("LOVELACE", ["#US-3001"]), ("ａｄａ", ["#US-3001"]), ("ada love", ["#US-3001"]), ("love de-2077", []),
        ("z", []), ("q", []), ("@", ["#US-3001", "#DE-2077", "#DE-1044"]), ("%", []), ("_", []), ("nobody", []),
        ("de-", ["#DE-2077", "#DE-1044"]), ("010-5559-9876", ["#DE-2077"]), ("0105559-9876", ["#DE-2077"]),
        ("+82 10-5550-1234", ["#DE-1044"]), ("(415) 555 0100", ["#US-3001"]), ("010-5559", ["#DE-2077"]),
    ],
)  # fmt: skip
def test_an_order_is_found_by(filled: Ctx, text: str, expected: list[str]) -> None:
    assert found(filled, text) == expected
    assert found(make_ctx(), text) == []
    where = OrderFilter(text=text)
    rows = queries.orders_by_id(filled, ids=queries.list_ids(filled, where=where)).values()
    assert sorted(row.name for row in rows) == sorted(expected)


def test_a_search_keeps_the_other_filters_and_the_paging(filled: Ctx) -> None:
    assert found(filled, "example", country="DE", view="open") == ["#US-3001", "#DE-2077", "#DE-1044"]
    assert found(filled, "example", view="cancelled") == []
    first = queries.list_orders(filled, where=OrderFilter(text="example"), limit=2)
    after = (first[-1].placed_at, first[-1].id)
    rest = queries.list_orders(filled, where=OrderFilter(text="example"), after=after, limit=2)
    assert [row.name for row in [*first, *rest]] == ["#US-3001", "#DE-2077", "#DE-1044"]


def test_an_order_that_is_not_in_the_index_is_told(filled: Ctx) -> None:
    models.OrderSearch.objects.filter(order__external_id="US-3001").delete()
    (broken,) = [b for b in check(invariants.INVARIANTS) if b.invariant.name == "orders.searchable"]
    assert [row["name"] for row in broken.examples if row["organisation_id"] == filled.organisation_id] == ["#US-3001"]


def test_orders_from_before_enter_the_index(filled: Ctx) -> None:
    models.OrderSearch.objects.all().delete()
    models.Order.objects.filter(external_id="US-3001").update(search="＃US-3001 Ada")
    assert found(filled, "us-3001") == []
    for _twice in range(2):
        for migration in ("0003_search_of_orders_here", "0011_newest_that_match"):
            fill = importlib.import_module(f"doorstep.orders.migrations.{migration}")
            fill.forwards(None, SimpleNamespace(connection=connection))
        assert found(filled, "us-3001") == ["#US-3001"]
    assert [b.invariant.name for b in check(invariants.INVARIANTS) if b.invariant.name == "orders.searchable"] == []


@settings(max_examples=200)
@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=40))
def test_pairs_are_cut_here_as_the_database_cuts_them(text: str) -> None:
    folded = search.fold(text)
    assert sorted(search.grams_of(folded)) == sorted(db.scalar("SELECT base_grams(%s)", [folded]))


def test_every_part_that_is_asked_for_stands_in_the_index() -> None:
    made = known("DE-1044", Buyer("김민서", "minseo@example.com", "+821055501234", "ko"))
    grams = set(search.grams_of(search_text(made)))
    for text in ("민서", "김", "1044", "minseo@", "5550", "DE-1"):
        assert set(search.grams(text)) <= grams


def many(ctx: Ctx) -> None:
    """30,000 orders of which every 3,000th is of somebody rare; cloned in the database, since only plans matter here."""
    (id,) = place(ctx, draft(external_id="seed"))
    columns = ", ".join(
        f.column for f in models.Order._meta.local_fields if f.column not in ("id", "external_id", "search")
    )
    db.execute(
        f"""INSERT INTO orders_order ({columns}, external_id, search)
            SELECT {columns}, 'clone' || n, 'order clone' || n || CASE WHEN n %% 3000 = 0 THEN ' 제갈공명' ELSE ' 김민수' END
              FROM orders_order, generate_series(1, 30000) n WHERE id = %s""",
        [id],
    )
    db.execute(
        """INSERT INTO orders_ordersearch (organisation_id, order_id, placed_at, grams)
           SELECT organisation_id, id, placed_at, base_grams(search) FROM orders_order WHERE external_id LIKE 'clone%%'"""
    )
    db.execute("ANALYZE orders_order")
    db.execute("ANALYZE orders_ordersearch")


def plans(ctx: Ctx, text: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        found = queries.list_orders(ctx, where=OrderFilter(text=text), limit=50)
    assert found
    return [explained(query["sql"]) for query in captured.captured_queries]


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_the_index_serves_rare_words_and_the_newest_orders_serve_common_ones(brand: Brand) -> None:
    many(brand.ctx)
    for rare in ("제갈", "갈", "clone2999"):
        near, less_near, indexed = plans(brand.ctx, rare)
        assert "order_newest" in near
        assert "order_search_grams" in indexed
        assert "Seq Scan" not in near + less_near + indexed
    for common in ("김민수", "clone", "수", "e"):
        (plan,) = plans(brand.ctx, common)
        assert "order_newest" in plan
        assert "Seq Scan" not in plan
