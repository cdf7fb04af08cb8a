"""The lane of single orders: it reads as the ordinary way reads, takes orders in together, and answers each once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as some

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries as account_queries
from doorstep.api.lane import reading
from doorstep.api.lane.queue import RESTED_S, Queue
from doorstep.api.lane.taking import Said, Waiting, take
from doorstep.api.limits import TOO_BUSY
from doorstep.base import db, tls
from doorstep.base.ctx import Ctx
from doorstep.base.problems import Mistaken
from doorstep.base.refusals import Refused
from doorstep.flows import intake
from doorstep.orders.placing import Answer
from doorstep.orders.values import OrderDraft
from tests.api.conftest import Api, make_key, order, refused
from tests.factories import Brand, make_brand
from tests.serving import web

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
COMPLETE = {
    "external_id": "W-1", "name": "#1", "placed_at": "2026-11-20T09:00:00+09:00", "currency": "EUR", "payment_state": "pending",
    "payment": {"method": "pm_card"}, "note": "a\nb", "tags": ["x", "y"], "taxes_included": False,
    "customer": {"external_id": "c", "name": "김민서", "email": "a@b.example", "phone": "010", "language": "ko-KR",
                 "accepts_marketing": True},
    "ship_to": {"name": "n", "company": "c", "lines": ["l"], "city": "B", "region": "r", "postal_code": "1", "country": "DE",
                "phone": "1"},
    "lines": [{"sku": "A", "qty": 2, "unit_price": {"amount": "1.00", "currency": "EUR"}, "title": "t",
               "discount": {"amount": "0.10", "currency": "EUR"}}],
    "shipping": {"amount": "4", "currency": "EUR"}, "tax": {"amount": "1", "currency": "EUR"},
    "discount": {"amount": "0.5", "currency": "EUR"}, "reservation": "cart-1",
}  # fmt: skip
NOTES = ["", ":-)", 'a":b', "\\", "\u0000", "한", "x" * 3000, "pm_x\n"]
WORDS = some.sampled_from(NOTES) | some.text('a:"\\ 한', max_size=4)
ODD: list[Any] = [
    None, [], {}, [1], {"amount": "1", "currency": "EUR"}, {"amount": "1", "currency": "USD"}, {"method": "pm_a b"},
    {"method": "pm_a\n"}, "cart-1\n",
]  # fmt: skip
values = some.booleans() | some.integers(-(2**70), 2**70) | some.floats() | WORDS | some.sampled_from(ODD).map(deepcopy)


def _paths(found: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [above, *(path for key, value in inner for path in _paths(value, (*above, key)))]


@some.composite
def documents(draw: some.DrawFn) -> bytes:
    """A complete order with a few of its parts changed, gone, or there twice, written in one of several hands."""
    document = json.loads(json.dumps(COMPLETE))
    for _ in range(draw(some.integers(0, 3))):
        *above, last = draw(some.sampled_from(_paths(document)[1:]))
        within = document
        for step in above:
            within = within[step]
        change = draw(some.sampled_from(["set", "del", "add"]))
        if change == "set":
            within[last] = draw(values)
        elif change == "del":
            del within[last]
        elif isinstance(within, dict):
            within[draw(some.sampled_from(["colour", "sku", "note", "a:b"]))] = draw(values)
    marks = draw(some.sampled_from([(",", ":"), (", ", ": "), (" ,", " :"), (",\n", "\t:\n")]))
    text = json.dumps(document, ensure_ascii=draw(some.booleans()), separators=marks)
    if draw(some.booleans()):
        key = draw(some.sampled_from(['"qty"', '"note"', '"currency"', '"lines"']))
        text = text.replace(key, f"{key}{marks[1]}1,{key}" if draw(some.booleans()) else key, 1)
    return text.encode("utf-8", "surrogatepass")


def _read(read: Any, body: bytes) -> OrderDraft | tuple[str, list[str]]:
    try:
        draft: OrderDraft = read(body)
    except Refused as refused:
        return refused.code, [m.pointer + m.code for m in refused.mistakes] if isinstance(refused, Mistaken) else []
    return draft


@given(documents())
@example(json.dumps(COMPLETE).encode())
@example(json.dumps(COMPLETE).replace('"note"', '"note" : "a", "note"').encode())
@example(json.dumps(COMPLETE | {"note": ":"}).replace('"note"', '"note" : "a", "note"').encode())
@example(json.dumps(COMPLETE).replace('"qty": 2', '"qty": 2.0').encode())
def test_an_order_is_read_as_the_ordinary_way_reads_it(body: bytes) -> None:
    assert _read(lambda b: reading.order_draft(b, now=NOW), body) == _read(lambda b: reading._slowly(b, NOW), body)


def test_what_is_plainly_right_is_read_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_slowly", lambda *_: pytest.fail("read again"))
    for text in (json.dumps(COMPLETE), json.dumps(COMPLETE, ensure_ascii=False, separators=(",", ":"))):
        assert reading.order_draft(text.encode(), now=NOW).external_id == "W-1"


def _waiting(api: Api, *bodies: dict[str, Any]) -> list[Waiting]:
    key = account_queries.find_key(secret=api.secret)
    assert key is not None
    now = datetime.now(UTC)
    return [
        Waiting(key, reading.order_draft(json.dumps(body).encode(), now=now), "en", f"trace{n}")
        for n, body in enumerate(bodies)
    ]


def _told(said: Sequence[Said]) -> list[tuple[int, str]]:
    documents = [json.loads(one.body) for one in said]
    return [(one.status, d.get("outcome") or d["code"]) for one, d in zip(said, documents, strict=True)]


def test_orders_that_came_together_are_answered_one_by_one(api: Api) -> None:
    one, two = order(external_id="1"), order(external_id="2")
    unknown = order(
        external_id="3", lines=[{"sku": "NOBODY", "qty": 1, "unit_price": {"amount": "1", "currency": "EUR"}}]
    )
    other = order(external_id="1", note="", lines=one["lines"] * 2)

    said = take(_waiting(api, one, unknown, one, two, other), now=datetime.now(UTC))

    assert _told(said) == [
        (201, "accepted"), (422, "unknown_sku"), (200, "duplicate"), (201, "accepted"), (409, "external_id_reused"),
    ]  # fmt: skip
    assert db.scalar("SELECT count(*) FROM orders_order") == 2


def test_an_order_that_the_database_will_not_have_spoils_none_of_its_neighbours(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept = intake.accept

    def particular(ctx: Ctx, drafts: Sequence[OrderDraft]) -> list[Answer]:
        answers = accept(ctx, drafts)
        if any(draft.external_id == "2" for draft in drafts):
            db.execute("SELECT 1 / 0")
        return answers

    monkeypatch.setattr(intake, "accept", particular)
    said = take(_waiting(api, *(order(external_id=id) for id in "123")), now=datetime.now(UTC))

    assert _told(said) == [(201, "accepted"), (500, "internal_error"), (201, "accepted")]
    assert db.column("SELECT external_id FROM orders_order ORDER BY id") == ["1", "3"]


def test_a_key_that_was_revoked_a_moment_ago_takes_nothing(api: Api) -> None:
    waiting = _waiting(api, order(external_id="1"), order(external_id="2"))
    accounts.revoke_key(api.brand.ctx, id=waiting[0].key.id)

    assert _told(take(waiting, now=datetime.now(UTC))) == [(401, "bad_api_key")] * 2
    assert db.scalar("SELECT count(*) FROM orders_order") == 0


def test_when_too_many_wait_the_next_is_told_to_come_again_and_not_kept() -> None:
    goes_on = threading.Event()
    taken: list[Waiting] = []

    def slow(waiting: Sequence[Waiting]) -> list[Said]:
        goes_on.wait(60)
        taken.extend(waiting)
        return [Said(201, b"{}", "application/json")] * len(waiting)

    async def crowd() -> list[Said | BaseException]:
        queue = Queue(slow, most=3)
        tasks = [asyncio.create_task(queue.put(object())) for _ in range(5)]  # type: ignore[arg-type]  # it looks into none
        await asyncio.sleep(0.05)
        goes_on.set()
        first = await asyncio.gather(*tasks, return_exceptions=True)
        return [*first, await queue.put(object())]  # type: ignore[arg-type]

    answers = asyncio.run(crowd())

    assert [a.status if isinstance(a, Said) else getattr(a, "refusal", a) for a in answers] == [201] * 3 + [
        TOO_BUSY
    ] * 2 + [201]
    assert len(taken) == 4


def test_what_breaks_is_told_and_the_next_order_is_taken_in() -> None:
    answers: list[Any] = [RuntimeError("broke"), [Said(201, b"{}", "application/json")]]

    def breaks_once(_waiting: Sequence[Waiting]) -> list[Said]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    async def two() -> Said:
        queue = Queue(breaks_once)
        with pytest.raises(RuntimeError, match="broke"):
            await asyncio.wait_for(queue.put(object()), 60)  # type: ignore[arg-type]  # it looks into none
        return await asyncio.wait_for(queue.put(object()), 60)  # type: ignore[arg-type]

    assert asyncio.run(two()).status == 201


@pytest.mark.xdist_group("web")
def test_a_crowd_through_a_real_web_process_gets_each_its_answer(transactional_db: None) -> None:
    brand = make_brand(stock_each=30)  # sixty of A, in two places
    secret = make_key(brand)
    line = {"sku": "A", "qty": 1, "unit_price": {"amount": "1", "currency": "EUR"}}
    bodies = [order(external_id=f"W-{n}", lines=[line]) for n in range(80)] * 2
    with web() as house, ThreadPoolExecutor(16) as pool, httpx.Client(base_url=house.url, verify=tls.trusted(), timeout=60) as http:
        headers = {"Authorization": f"Bearer {secret}"}
        answers = list(pool.map(lambda body: http.post("/api/v1/orders", json=body, headers=headers), bodies))
        refused_one = http.post("/api/v1/orders", json=bodies[0] | {"colour": "red"}, headers=headers)
        twice = [("Authorization", f"Bearer {secret}"), ("Authorization", "Bearer another")]
        doubled = http.post("/api/v1/orders", json=bodies[0], headers=twice)
        figures = http.get("/metrics").text

    told = [answer.json() for answer in answers]
    assert sorted(one.get("outcome", one.get("code")) for one in told) == ["accepted"] * 80 + ["duplicate"] * 80
    assert sum(one["outcome"] == "accepted" and not one["short_of"] for one in told) == 60
    assert len({one["id"] for one in told}) == 80
    assert db.scalar("SELECT committed FROM stock_item WHERE variant_id = %s", [brand.variants["A"]]) == 60
    problem = refused(refused_one, 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/colour"
    assert refused_one.headers["x-content-type-options"] == "nosniff"
    assert doubled.status_code == 401  # Django joins the two, and no key reads so
    assert 'doorstep_http_request_seconds_count{method="POST",route="api/v1/orders",status="201"} 80.0' in figures


@pytest.mark.xdist_group("web")
def test_whoever_asks_after_the_database_was_away_is_not_told_that_it_is(transactional_db: None) -> None:
    brand = make_brand(stock_each=30)
    headers = {"Authorization": f"Bearer {make_key(brand)}"}
    line = {"sku": "A", "qty": 1, "unit_price": {"amount": "1", "currency": "EUR"}}
    with web() as house, ThreadPoolExecutor(8) as pool, httpx.Client(base_url=house.url, verify=tls.trusted(), timeout=60) as http:

        def ask(n: int) -> int:
            if n % 2:
                return http.get("/api/v1/orders", headers=headers).status_code
            return http.post("/api/v1/orders", json=order(external_id=f"W-{n}", lines=[line]), headers=headers).status_code

        before = list(pool.map(ask, range(16)))
        db.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
        )
        time.sleep(RESTED_S + 0.1)
        after = list(pool.map(ask, range(16, 32)))

    assert before == after == [201, 200] * 8


@pytest.mark.xdist_group("web")
def test_an_order_that_comes_alone_after_a_table_has_changed_is_taken(transactional_db: None) -> None:
    brand = make_brand(stock_each=30)
    headers = {"Authorization": f"Bearer {make_key(brand)}"}
    line = {"sku": "A", "qty": 1, "unit_price": {"amount": "1", "currency": "EUR"}}
    with web() as house, httpx.Client(base_url=house.url, verify=tls.trusted(), headers=headers, timeout=60) as http:

        def ask(n: int) -> int:
            return http.post("/api/v1/orders", json=order(external_id=f"T-{n}", lines=[line])).status_code

        before = [ask(n) for n in range(5)]  # the sixth uses the plans of the fourth
        db.execute("ALTER TABLE orders_order ALTER COLUMN external_id TYPE varchar(201)")
        try:
            after = [ask(n) for n in range(5, 7)]
        finally:
            db.execute("ALTER TABLE orders_order ALTER COLUMN external_id TYPE varchar(200)")

    assert (before, after) == ([201] * 5, [201] * 2)


@pytest.mark.xdist_group("web")
def test_a_row_that_somebody_holds_keeps_other_brands_waiting_for_seconds_only(transactional_db: None) -> None:
    slow, quick = make_brand(), make_brand()
    line = {"sku": "A", "qty": 1, "unit_price": {"amount": "1", "currency": "EUR"}}
    row = "SELECT id FROM stock_item WHERE organisation_id = %s FOR UPDATE"
    with web() as house, ThreadPoolExecutor(2) as pool, httpx.Client(base_url=house.url, verify=tls.trusted(), timeout=60) as http:

        def ask(brand: Brand, secret: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {secret}"}
            return http.post("/api/v1/orders", json=order(external_id="L-1", lines=[line]), headers=headers)

        secrets = [make_key(slow), make_key(quick)]
        with transaction.atomic():
            db.execute(row, [slow.ctx.organisation_id])
            held = pool.submit(ask, slow, secrets[0])
            time.sleep(0.3)
            began = time.monotonic()
            free = ask(quick, secrets[1])
            took_s = time.monotonic() - began
            refused_one = held.result()

    assert (free.status_code, refused_one.status_code) == (201, 503)
    assert "retry-after" in refused_one.headers
    assert took_s < 20  # the other one goes on for as long as the row is held
