"""Input at the edge of what is accepted, and refusals that need something accepted before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from tests.api.conftest import Api, order, refused, rows_everywhere

ONE = {"amount": "1.00", "currency": "EUR"}


def test_emoji_hangul_and_right_to_left_are_text_like_any_other(api: Api) -> None:
    name = "🎁 김서연 عائشة"
    answer = api.post("/orders", order(name=name, ship_to=order()["ship_to"] | {"name": name}, tags=["👩‍👩‍👧"]))
    assert answer.status_code == 201
    (row,) = queries.list_orders(api.brand.ctx, where=OrderFilter())
    assert (row.name, row.tags) == (name, ["👩‍👩‍👧"])


def test_texts_of_exactly_the_longest_length_fit_their_columns(api: Api) -> None:
    ship_to = {
        "name": "김" * 200, "company": "사" * 120, "lines": ["길" * 200] * 5, "city": "시" * 120, "region": "도" * 120,
        "postal_code": "1" * 20, "country": "DE", "phone": "0" * 40,
    }  # fmt: skip
    customer = {
        "external_id": "k" * 200, "name": "🎁" * 200, "email": "a" * 64 + "@" + "b" * 185 + ".kr", "phone": "1" * 40,
        "language": "ko-KR",
    }  # fmt: skip
    body = order(
        external_id="🧾" * 200, name="이" * 60, note="줄\n" * 999, tags=[f"{n}" + "태" * 58 for n in range(10, 30)],
        ship_to=ship_to, customer=customer, lines=[{"sku": "A", "qty": 1_000_000, "unit_price": ONE, "title": "제" * 255}],
    )  # fmt: skip
    answer = api.post("/orders", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["short_of"] == ["A"]


def test_amounts_are_exact_in_every_currency(api: Api) -> None:
    for currency, amount, total in (("KRW", "29000", "29000"), ("KWD", "1.234", "1.234"), ("EUR", "0.1", "0.10")):
        lines = [{"sku": "A", "qty": 1, "unit_price": {"amount": amount, "currency": currency}}]
        id = api.post("/orders", order(external_id=currency, currency=currency, lines=lines, shipping=None)).json()[
            "id"
        ]
        assert api.get(f"/orders/{id}").json()["total"] == {"amount": total, "currency": currency}
    lines = [{"sku": "A", "qty": 1, "unit_price": {"amount": "29000.5", "currency": "KRW"}}]
    refused(api.post("/orders", order(currency="KRW", lines=lines, shipping=None)), 422, "invalid")


def test_the_same_external_id_with_another_body(api: Api) -> None:
    assert api.post("/orders", order()).status_code == 201
    before = rows_everywhere()
    changed = order(lines=[{"sku": "A", "qty": 9, "unit_price": ONE}])
    problem = refused(api.post("/orders", changed), 409, "external_id_reused")
    assert "W-1001" in problem["detail"]
    assert rows_everywhere() == before


def test_a_key_without_the_scope_is_refused_before_its_body_is_looked_at(api: Api, as_key: Callable[..., Api]) -> None:
    reader = as_key(api.brand, "orders:read")
    assert reader.get("/orders").status_code == 200
    before = rows_everywhere()
    problem = refused(reader.post("/orders", {"nonsense": 1}), 403, "missing_scope")
    assert "orders:write" in problem["detail"]
    refused(reader.get("/products"), 403, "missing_scope")
    assert rows_everywhere() == before


def test_more_stock_than_a_counter_holds_is_refused_whole(api: Api) -> None:
    """Each number is within its limit, their sum over time is not."""
    body = {"location_id": api.brand.seoul, "lines": [{"sku": "B", "qty": 1}, *[{"sku": "A", "qty": 1_000_000}] * 499]}
    told: Any = api.post("/stock/receipts", body)
    before = rows_everywhere()
    while told.status_code == 201:
        before = rows_everywhere()
        told = api.post("/stock/receipts", body)
    refused(told, 422, "out_of_range")
    assert rows_everywhere() == before
    held = {s["sku"]: s["on_hand"] for s in api.get("/stock?sku=A&sku=B").json()["stock"]}
    assert held == {"A": 20 + 4 * 499_000_000, "B": 20 + 4}


def test_stock_is_booked_and_told_by_sku(api: Api) -> None:
    seoul = api.brand.seoul
    body = {"location_id": seoul, "lines": [{"sku": "A", "qty": 5}, {"sku": "A", "qty": 2}], "reference": "LS-1"}
    (told,) = api.post("/stock/receipts", body).json()["stock"]
    assert (told["sku"], told["on_hand"], told["available"]) == ("A", 27, 27)
    lines = [{"sku": "A", "on_hand": -1, "damaged": 2}]
    (told,) = api.post("/stock/adjustments", {"location_id": seoul, "lines": lines, "reason": "forklift"}).json()[
        "stock"
    ]
    assert (told["on_hand"], told["damaged"], told["available"]) == (26, 2, 24)
    counted = {"location_id": seoul, "lines": [{"sku": "A", "on_hand": 12}]}
    (told,) = api.post("/stock/counts", counted).json()["stock"]
    assert [(level["location_id"], level["on_hand"]) for level in told["levels"]] == [
        (seoul, 12),
        (api.brand.berlin, 10),
    ]


def test_a_product_is_made_read_and_changed(api: Api) -> None:
    variant = {"sku": "N-1", "price": {"amount": "19.90", "currency": "EUR"}, "options": ["M"]}
    made = api.post("/products", {"title": "니트", "option_names": ["Size"], "variants": [variant]})
    assert made.status_code == 201, made.content
    product = made.json()
    assert product["variants"][0]["price"] == {"amount": "19.90", "currency": "EUR"}
    changed = api.patch(f"/products/{product['id']}", {"version": product["version"], "title": "울 니트"}).json()
    assert (changed["title"], changed["option_names"]) == ("울 니트", ["Size"])
    refused(api.patch(f"/products/{product['id']}", {"version": product["version"]}), 409, "changed_meanwhile")
    id = product["variants"][0]["id"]
    edited = api.patch(f"/variants/{id}", {"price": {"amount": "21", "currency": "EUR"}}).json()
    assert (edited["price"]["amount"], edited["sku"]) == ("21.00", "N-1")
    refused(api.post("/products", {"title": "Zwei", "variants": [variant]}), 409, "sku_taken")
    changes = api.get("/products?updated_since=2020-01-01T00:00:00Z").json()["products"]
    assert changes[-1]["title"] == "울 니트"


def test_a_location_is_added(api: Api) -> None:
    made = api.post("/locations", {"code": "lax", "name": "Los Angeles", "country": "US", "postal_code": "90026"})
    assert (made.status_code, made.json()["code"]) == (201, "LAX")
    refused(api.post("/locations", {"code": "LAX", "name": "Again", "country": "US"}), 409, "location_code_taken")
    refused(api.post("/locations", {"code": "X", "name": "X", "country": "XX"}), 422, "invalid")


def test_customers_are_listed_with_how_they_are_known(api: Api) -> None:
    api.post("/orders", order(customer={"external_id": "c-9", "email": "Minseo@Example.com", "name": "김민서"}))
    (row,) = api.get("/customers?q=민서").json()["customers"]
    detail = api.get(f"/customers/{row['id']}").json()
    assert {(i["kind"], i["value"]) for i in detail["identities"]} == {("api", "c-9"), ("email", "minseo@example.com")}
