"""The same request under the same key happens once, whatever happens to the connection."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from doorstep.base import db, idempotency
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from tests.api.conftest import Api, make_key, order, refused, rows_everywhere
from tests.factories import make_brand


@pytest.fixture(params=[False, True], ids=["door", "lane"])
def lane(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def count_orders(api: Api) -> int:
    return len(queries.list_orders(api.brand.ctx, where=OrderFilter()))


def test_the_same_key_gets_the_same_answer_byte_for_byte(api: Api) -> None:
    body = order()
    first = api.post("/orders", body, idempotency_key="k1")
    before = rows_everywhere()
    again = api.post("/orders", body, idempotency_key="k1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert rows_everywhere() == before


def test_the_same_key_with_another_body_or_address_is_refused(api: Api) -> None:
    body = {"location_id": api.brand.seoul, "lines": [{"sku": "A", "qty": 1}]}
    assert api.post("/stock/receipts", body, idempotency_key="k1").status_code == 201
    before = rows_everywhere()
    other = body | {"reference": "other"}
    refused(api.post("/stock/receipts", other, idempotency_key="k1"), 422, "idempotency_key_reused")
    refused(api.post("/orders", order(), idempotency_key="k1"), 422, "idempotency_key_reused")
    assert rows_everywhere() == before


def test_a_receipt_sent_twice_counts_once(api: Api) -> None:
    body = {"location_id": api.brand.seoul, "lines": [{"sku": "A", "qty": 5}]}
    for _ in range(3):
        (told,) = api.post("/stock/receipts", body, idempotency_key="delivery-7").json()["stock"]
        assert told["on_hand"] == 25
    (now,) = api.get("/stock?sku=A").json()["stock"]
    assert now["on_hand"] == 25


def test_a_refused_request_uses_its_key_not_up(api: Api) -> None:
    lines = [{"sku": "NOBODY", "qty": 1, "unit_price": {"amount": "1", "currency": "EUR"}}]
    refused(api.post("/orders", order(lines=lines), idempotency_key="k1"), 422, "unknown_sku")
    assert int(db.scalar("SELECT count(*) FROM base_idempotentanswer")) == 0
    assert api.post("/orders", order(), idempotency_key="k1").status_code == 201


def test_keys_of_two_programs_do_not_meet(api: Api) -> None:
    other = Api(api.brand, make_key(api.brand))
    assert api.post("/orders", order(external_id="1"), idempotency_key="k").status_code == 201
    assert other.post("/orders", order(external_id="2"), idempotency_key="k").status_code == 201


def test_a_crash_after_the_effect_leaves_neither_effect_nor_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: Any, **more: Any) -> None:
        raise RuntimeError("the power went out")

    before = rows_everywhere()
    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "keep", crash)
        assert api.post("/orders", order(), idempotency_key="k1").status_code == 500
    assert rows_everywhere() == before
    assert api.post("/orders", order(), idempotency_key="k1").status_code == 201


def test_old_answers_are_forgotten(api: Api) -> None:
    api.post("/orders", order(), idempotency_key="k1")
    moment = db.scalar("SELECT now() + interval '1 second'")
    assert idempotency.forget(older_than=db.scalar("SELECT now() - interval '1 day'")) == 0
    assert idempotency.forget(older_than=moment) == 1


def test_ten_at_once_under_one_key_happen_once(transactional_db: None) -> None:
    brand = make_brand()
    api = Api(brand, make_key(brand))
    body = order()
    answers = at_once(10, lambda: api.post("/orders", body, idempotency_key="k1"))
    codes = sorted({a.status_code for a in answers})
    assert codes in ([201], [201, 409])
    assert len({a.content for a in answers if a.status_code == 201}) == 1
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"idempotency_key_in_flight"}
    assert count_orders(api) == 1
    assert api.post("/orders", body, idempotency_key="k1").status_code == 201


def test_a_second_request_while_the_first_runs_is_told_to_wait(transactional_db: None) -> None:
    brand = make_brand()
    api = Api(brand, make_key(brand))
    body = {"location_id": brand.seoul, "lines": [{"sku": "A", "qty": 5}]}
    inside, go = threading.Event(), threading.Event()

    def slow_first() -> Any:
        with pytest.MonkeyPatch.context() as patched:
            real = idempotency.keep

            def wait(*args: Any, **more: Any) -> None:
                inside.set()
                assert go.wait(60)
                real(*args, **more)

            patched.setattr(idempotency, "keep", wait)
            return api.post("/stock/receipts", body, idempotency_key="k1")

    answers: list[Any] = []
    thread = threading.Thread(target=lambda: (answers.append(slow_first()), connection.close()))
    thread.start()
    assert inside.wait(60)
    problem = refused(api.post("/stock/receipts", body, idempotency_key="k1"), 409, "idempotency_key_in_flight")
    assert problem["next_step"].startswith("Wait")
    go.set()
    thread.join()
    assert answers[0].status_code == 201
    again = api.post("/stock/receipts", body, idempotency_key="k1")
    assert (again.status_code, again.content) == (201, answers[0].content)
    (now,) = api.get("/stock?sku=A").json()["stock"]
    assert now["on_hand"] == 25


def test_ten_at_once_without_a_key_are_one_order_and_nine_duplicates(transactional_db: None) -> None:
    brand = make_brand()
    api = Api(brand, make_key(brand))
    body = order()
    answers = at_once(10, lambda: api.post("/orders", body))
    assert sorted(a.status_code for a in answers) == [200] * 9 + [201]
    assert len({a.json()["id"] for a in answers}) == 1
    (now,) = api.get("/stock?sku=A").json()["stock"]
    assert now["committed"] == 2


def at_once(n: int, ask: Any) -> list[Any]:
    """The answers of n threads that start together."""
    barrier, answers = threading.Barrier(n), []

    def run() -> None:
        barrier.wait()
        try:
            answers.append(ask())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
