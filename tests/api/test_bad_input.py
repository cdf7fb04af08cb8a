"""Bad input over HTTP: a clear refusal in the problem format, and not one row written in any table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import DataError, OperationalError
from django.test import Client

from doorstep.api import limits
from tests.api.conftest import Api, order, refused, rows_everywhere


@pytest.fixture(params=[False, True], ids=["door", "lane"])
def lane(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)

ONE = {"amount": "1.00", "currency": "EUR"}


@pytest.fixture(autouse=True)
def _nothing_written(api: Api) -> Iterator[None]:
    """Fails when a test leaves one row more or less than there was, in whichever table."""
    before = rows_everywhere()
    yield
    after = rows_everywhere()
    assert {t: n for t, n in after.items() if n != before[t]} == {}


def line(**changes: Any) -> dict[str, Any]:
    return {"sku": "A", "qty": 1, "unit_price": ONE} | changes


@pytest.mark.parametrize(
    "raw",
    [
        b"{", b"", b"nope", b'{"external_id": "1",}', b"\xff\xfe{}", "{}".encode("utf-16"), b"\xef\xbb\xbf{}",
        b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b'{"a": "\\u0000"}', b'{"\\u0000": 1}',
        b'{"a": "\\ud800"}', b'{"a": "\x00"}', b"[" * 500_000, b'{"a":' * 30 + b"1" + b"}" * 30, b"1" * 5000,
    ],
    ids=lambda raw: repr(raw[:24]),
)  # fmt: skip
def test_malformed_json(api: Api, raw: bytes) -> None:
    if raw == b"":
        refused(api.ask("POST", "/orders", raw=raw), 422, "invalid")
    else:
        refused(api.ask("POST", "/orders", raw=raw), 400, "malformed_json")


@pytest.mark.parametrize("document", [None, [], "text", 5, True, {}, {"orders": 5}])
def test_json_of_another_shape(api: Api, document: Any) -> None:
    raw = json.dumps(document).encode()
    refused(api.ask("POST", "/orders", raw=raw), 422, "invalid")
    refused(api.ask("POST", "/orders/batch", raw=raw), 422, "invalid")


def test_an_unknown_sku(api: Api) -> None:
    problem = refused(api.post("/orders", order(lines=[line(), line(sku="NOBODY")])), 422, "unknown_sku")
    assert problem["detail"] == "No product has the SKU NOBODY."


BAD_FIELDS: list[tuple[dict[str, Any], str, str]] = [
    ({"lines": [line(qty=-1)]}, "/lines/0/qty", "out_of_range"),
    ({"lines": [line(qty=0)]}, "/lines/0/qty", "out_of_range"),
    ({"lines": [line(qty=1_000_001)]}, "/lines/0/qty", "out_of_range"),
    ({"lines": [line(qty=10**30)]}, "/lines/0/qty", "out_of_range"),
    ({"lines": [line(qty=1.5)]}, "/lines/0/qty", "wrong_type"),
    ({"lines": [line(qty="2")]}, "/lines/0/qty", "wrong_type"),
    ({"lines": [line(qty=True)]}, "/lines/0/qty", "wrong_type"),
    ({"lines": [line(qty=None)]}, "/lines/0/qty", "wrong_type"),
    ({"lines": []}, "/lines", "out_of_range"),
    ({"lines": [line()] * 501}, "/lines", "out_of_range"),
    ({"lines": [line(sku="")]}, "/lines/0/sku", "missing"),
    ({"lines": [line(sku="x" * 65)]}, "/lines/0/sku", "too_long"),
    ({"lines": [line(unit_price={"amount": "-1.00", "currency": "EUR"})]}, "/lines/0/unit_price/amount", "out_of_range"),
    ({"lines": [line(unit_price={"amount": "1.005", "currency": "EUR"})]}, "/lines/0/unit_price/amount", "bad_amount"),
    ({"lines": [line(unit_price={"amount": "1e3", "currency": "EUR"})]}, "/lines/0/unit_price/amount", "bad_format"),
    ({"lines": [line(unit_price={"amount": "１", "currency": "EUR"})]}, "/lines/0/unit_price/amount", "bad_format"),
    ({"lines": [line(unit_price={"amount": 12.3, "currency": "EUR"})]}, "/lines/0/unit_price/amount", "wrong_type"),
    ({"lines": [line(unit_price={"amount": "1", "currency": "USD"})]}, "/lines/0/unit_price/currency", "currency_mismatch"),
    ({"lines": [line(qty=10**6, unit_price={"amount": "999999999999999", "currency": "EUR"})]},
     "/lines/0/unit_price/amount", "bad_amount"),
    ({"lines": [line(qty=10**6, unit_price={"amount": "9999999999999", "currency": "EUR"})]}, "/lines/0", "absurd_amount"),
    ({"lines": [line(qty=10**6, unit_price={"amount": "9999999", "currency": "EUR"})] * 101}, "", "absurd_amount"),
    ({"lines": [line(discount={"amount": "1.01", "currency": "EUR"})]}, "/lines/0/discount", "discount_too_large"),
    ({"discount": {"amount": "99999.00", "currency": "EUR"}}, "/discount", "discount_too_large"),
    ({"currency": "XXZ"}, "/currency", "unknown_currency"),
    ({"currency": "eur"}, "/currency", "bad_format"),
    ({"external_id": "x" * 201}, "/external_id", "too_long"),
    ({"external_id": ""}, "/external_id", "missing"),
    ({"external_id": "   "}, "/external_id", "missing"),
    ({"external_id": "a\u0007b"}, "/external_id", "control_characters"),
    ({"name": "x" * 61}, "/name", "too_long"),
    ({"note": "긴" * 2001}, "/note", "too_long"),
    ({"note": "a\u001bb"}, "/note", "control_characters"),
    ({"tags": ["x"] * 21}, "/tags", "out_of_range"),
    ({"tags": ["x" * 61]}, "/tags/0", "too_long"),
    ({"placed_at": "yesterday"}, "/placed_at", "bad_moment"),
    ({"placed_at": "2026-11-23T09:00:00"}, "/placed_at", "bad_moment"),
    ({"placed_at": "1999-12-31T23:59:59Z"}, "/placed_at", "out_of_range"),
    ({"placed_at": "2098-01-01T00:00:00Z"}, "/placed_at", "out_of_range"),
    ({"placed_at": "0001-01-01T00:00:00+14:00"}, "/placed_at", "bad_moment"),
    ({"payment_state": "refunded"}, "/payment_state", "unknown_choice"),
    ({"customer": {"email": "no mail"}}, "/customer/email", "bad_email"),
    ({"customer": {"email": "a" * 250 + "@b.kr"}}, "/customer/email", "too_long"),
    ({"customer": {"language": "한국어"}}, "/customer/language", "bad_format"),
    ({"customer": {"accepts_marketing": "yes"}}, "/customer/accepts_marketing", "wrong_type"),
    ({"ship_to": order()["ship_to"] | {"country": "XX"}}, "/ship_to/country", "unknown_country"),
    ({"ship_to": order()["ship_to"] | {"country": "Korea"}}, "/ship_to/country", "bad_format"),
    ({"ship_to": order()["ship_to"] | {"lines": []}}, "/ship_to/lines", "out_of_range"),
    ({"ship_to": order()["ship_to"] | {"name": ""}}, "/ship_to/name", "missing"),
    ({"ship_to": order()["ship_to"] | {"postal_code": "1" * 21}}, "/ship_to/postal_code", "too_long"),
    ({"totally": "new"}, "/totally", "unknown_field"),
    ({"external_id": None}, "/external_id", "wrong_type"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "pointer", "code"), BAD_FIELDS, ids=lambda value: str(value)[:60])
def test_a_field_out_of_its_limits_is_named(api: Api, changes: dict[str, Any], pointer: str, code: str) -> None:
    problem = refused(api.post("/orders", order(**changes)), 422, "invalid")
    assert (pointer, code) in {(e["pointer"], e["code"]) for e in problem["errors"]}
    batch = api.post("/orders/batch", {"orders": [order(**changes)]})
    assert [a["problem"]["code"] for a in batch.json()["answers"]] == ["invalid"]


def test_every_mistake_is_named_at_once(api: Api) -> None:
    problem = refused(
        api.post("/orders", order(currency="XXZ", note="\u0007", customer={"email": "x"})), 422, "invalid"
    )
    assert [e["pointer"] for e in problem["errors"]] == ["/currency", "/lines/0/unit_price/currency", "/customer/email",
                                                         "/shipping/currency", "/note"]  # fmt: skip


def test_a_body_of_five_megabytes(api: Api) -> None:
    raw = b'{"note": "' + b"x" * 5_000_000 + b'"}'
    refused(api.ask("POST", "/orders", raw=raw), 413, "body_too_large")
    raw = b'{"orders": ["' + b"x" * 7_000_000 + b'"]}'
    refused(api.ask("POST", "/orders/batch", raw=raw), 413, "body_too_large")


def test_a_batch_of_more_than_five_hundred(api: Api) -> None:
    problem = refused(api.post("/orders/batch", {"orders": [{}] * 501}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/orders"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=euc-kr"]
)
def test_a_body_that_is_not_json_by_its_own_word(api: Api, kind: str) -> None:
    refused(api.post("/orders", order(), content_type=kind), 415, "not_json")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer x", "Basic abc", "Bearer ds_00000000_" + "x" * 43, "Bearer \x00", "Bearer 열쇠"],
)
def test_without_a_valid_key_nothing_is_said(api: Api, authorization: str) -> None:
    answer = api.get("/orders", authorization=authorization)
    problem = answer.json()
    assert answer.status_code == 401
    assert problem["code"] in ("no_api_key", "bad_api_key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_address_that_is_none_and_a_method_that_is_not_taken(api: Api) -> None:
    refused(api.get("/nothing"), 404, "no_such_address")
    refused(api.get("/orders/12/34"), 404, "no_such_address")
    answer = api.ask("DELETE", "/orders")
    refused(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/orders?limit=0", "/orders?limit=201", "/orders?limit=x", "/orders?cursor=%00", "/orders?cursor=AAAA",
        "/orders?q=%00", "/orders?view=all", "/orders?updated_since=now", "/orders?updated_since=2020-01-01T00:00:00Z&q=x",
        "/orders/0", "/orders/x", f"/orders/{2**63}", f"/orders?customer_id={2**70}", "/products?status=gone",
        "/orders?cursor=" + "A" * 501, "/stock?only=some",
    ],
)  # fmt: skip
def test_parameters_that_mean_nothing(api: Api, path: str) -> None:
    refused(api.get(path), 422, "invalid")


def test_stock_of_what_is_not_here(api: Api) -> None:
    seoul = api.brand.seoul
    receipt = {"location_id": seoul, "lines": [{"sku": "NOBODY", "qty": 1}]}
    refused(api.post("/stock/receipts", receipt), 422, "unknown_sku")
    refused(api.post("/stock/receipts", receipt | {"location_id": 2**62}), 404, "not_found")
    lines = [{"sku": "A", "on_hand": -11}]
    refused(
        api.post("/stock/adjustments", {"location_id": seoul, "lines": lines, "reason": "lost"}),
        409,
        "not_enough_stock",
    )
    lines = [{"sku": "A", "on_hand": 1}, {"sku": "A", "on_hand": 2}]
    refused(api.post("/stock/counts", {"location_id": seoul, "lines": lines}), 422, "invalid")


def test_an_idempotency_key_that_is_none(api: Api) -> None:
    refused(api.post("/orders", order(), idempotency_key=""), 422, "invalid")
    refused(api.post("/orders", order(), idempotency_key="x" * 201), 422, "invalid")


def test_a_trouble_of_our_own_says_nothing_of_the_insides(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **more: Any) -> None:
        raise RuntimeError("SELECT secret FROM somewhere")

    monkeypatch.setattr("doorstep.api.v1.orders.intake.accept", broken)
    answer = api.post("/orders", order())
    problem = refused(answer, 500, "internal_error")
    assert "secret" not in json.dumps(problem)


def test_data_that_no_column_takes_says_nothing_of_the_insides(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def untaken(*args: Any, **more: Any) -> None:
        raise DataError("invalid byte sequence in secret")

    monkeypatch.setattr("doorstep.api.v1.orders.intake.accept", untaken)
    problem = refused(api.post("/orders", order()), 500, "internal_error")
    assert "secret" not in json.dumps(problem)


def test_a_database_that_is_away_asks_to_come_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **more: Any) -> None:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr("doorstep.api.v1.orders.intake.accept", away)
    answer = api.post("/orders", order())
    refused(answer, 503, "not_available")
    assert answer.headers["Retry-After"] == "2"


def test_too_many_requests_in_a_minute(api: Api, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    with time_machine.travel(datetime.now(UTC), tick=False):  # they are counted by the minute of the clock
        told = [api.get("/locations") for _ in range(4)]
    assert [t.headers["RateLimit-Remaining"] for t in told] == ["2", "1", "0", "0"]
    problem = refused(told[3], 429, "rate_limited")
    assert int(told[3].headers["Retry-After"]) <= limits.WINDOW_S
    assert problem["next_step"].startswith("Wait ")


def test_a_stranger_needs_a_key_even_for_an_address_that_is_none(api: Api) -> None:
    assert Client().get("/api/v1/nothing").status_code == 401
