"""The pages of stock: bookings of several lines, the ledger, a past moment, and counting."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.stock import adjustments, count_queries, counts, queries, safety
from doorstep.stock.counting import Choice, Chosen
from doorstep.stock.values import Change, Keep, LevelRow, PoolRow, Reason, Why
from doorstep.tasks import queries as tasks
from doorstep.web.stock import listing as shelves
from tests.factories import Brand, draft, listed, make_brand, receive, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand(stock_each=10)


def pool(brand: Brand, sku: str = "A") -> PoolRow:
    return queries.pool_of(brand.ctx, variant_ids=[brand.variants[sku]])[brand.variants[sku]]


def level(brand: Brand, sku: str = "A") -> LevelRow:
    found = queries.levels_of(brand.ctx, variant_ids=[brand.variants[sku]])
    return next(row for row in found if row.location_id == brand.berlin)


def adjusting(brand: Brand, **more: Any) -> dict[str, Any]:
    form = {"form": "adjust", "location": brand.berlin, "code": ["A", "B"], "qty": ["-2", "+3"], "reason": "found"}
    return form | {"words": "", "number": "N-1"} | more


def sheet(brand: Brand, *skus: str) -> int:
    chosen = Chosen(Choice.VARIANTS, tuple(brand.variants[sku] for sku in skus))
    return counts.open_sheet(brand.ctx, location_id=brand.berlin, chosen=chosen)


def send(client: Client, sheet_id: int, *typed: tuple[str, int], age_ms: int = 0) -> dict[str, Any]:
    entries = [{"client_id": f"entry-{code}-{n}", "code": code, "counted": n, "age_ms": age_ms} for code, n in typed]
    answer = client.post(f"/stock/counts/{sheet_id}/entries/", json.dumps({"entries": entries}), "application/json")
    assert answer.status_code == 200
    return answer.json()  # type: ignore[no-any-return]


def test_several_products_are_adjusted_at_once_with_one_document(brand: Brand) -> None:
    client = signed_in(brand.ctx, "warehouse")
    file = SimpleUploadedFile("인수증.pdf", b"%PDF", "application/pdf")
    answer = client.post("/stock/adjust/", adjusting(brand, file=file))
    assert (answer.status_code, answer["Location"]) == (302, "/stock/ledger/")
    assert (pool(brand).on_hand, pool(brand, "B").on_hand) == (18, 23)
    shown = client.get("/stock/ledger/?reason=found").content.decode()
    assert (shown.count("N-1"), "인수증.pdf" in shown) == (2, True)
    document = shown.partition("/stock/documents/")[2].partition("/")[0]
    kept = client.get(f"/stock/documents/{document}/")
    assert (kept.content, kept["Content-Type"]) == (b"%PDF", "application/octet-stream")
    assert "Nothing matches" in client.get("/stock/ledger/?reason=stolen").content.decode()


def test_what_is_wrong_comes_back_at_its_line_with_all_that_was_typed(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    for code, qty, says in (
        ("nobody", "1", "Nobody knows this code"), ("A", "many", "Write a whole number."), ("A", "-11", "Only 10 of A"),
    ):  # fmt: skip
        answer = client.post("/stock/adjust/", adjusting(brand, code=[code, "B"], qty=[qty, "3"]))
        text = answer.content.decode()
        assert (answer.status_code in (409, 422), says in text, 'value="N-1"' in text, 'value="3"' in text) == (True,) * 4
    assert "Write something here." in client.post("/stock/adjust/", adjusting(brand, reason="other")).content.decode()
    assert (pool(brand).on_hand, pool(brand, "B").on_hand) == (20, 20)


def test_the_effect_is_shown_and_nothing_is_booked(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    form = {"form": "condition", "location": brand.berlin, "was": "sellable", "to": "damaged", "code": ["A"], "qty": ["4"]}
    text = client.post("/stock/effect/", form).content.decode()
    assert "20 → <b>16</b>" in text
    assert "Only 10 of A" in client.post("/stock/effect/", form | {"qty": ["11"]}).content.decode()
    assert pool(brand).available == 20
    assert client.post("/stock/condition/", form | {"reason": "damaged_in_store"}).status_code == 302
    assert client.post("/stock/condition/", form | {"was": "damaged", "to": "written_off", "reason": "expired"}).status_code == 302
    assert (pool(brand).on_hand, pool(brand).damaged) == (16, 0)


def test_safety_stock_of_a_place_is_set_and_shown_beside_its_wish(brand: Brand) -> None:
    client, path = signed_in(brand.ctx), f"/stock/{brand.variants['A']}/"
    assert client.post(f"{path}safety/", {"location": brand.berlin, "qty": "25"}).status_code == 302
    assert client.post(f"{path}safety/", {"location": "0", "qty": "2"}).status_code == 302
    assert (pool(brand).safety_stock, pool(brand).available, level(brand).kept) == (12, 8, 10)
    assert "/ 25" in client.get(path).content.decode()


def test_the_stock_of_a_past_moment_is_shown_in_the_list_and_of_one_product(brand: Brand) -> None:
    db.execute("UPDATE stock_movement SET at = at - interval '9 days'")
    receive(brand.ctx, brand.variants["A"], brand.berlin, 70)
    safety.keep_back(brand.ctx, keeps=[Keep(brand.variants["A"], None, 7)])
    client = signed_in(brand.ctx)
    then = (brand.ctx.now - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    for path in (f"/stock/{brand.variants['A']}/", "/stock/"):
        now, past = client.get(path).content.decode(), client.get(f"{path}?at={then}").content.decode()
        assert (">83<" in now, ">83<" in past, ">20<" in past, "As the ledger tells it of" in past) == (True, False, True, True)
    [[first, *_]] = shelves.lines(brand.ctx, QueryDict(f"at={then}"))
    assert (first.pool.on_hand, first.at[brand.berlin]) == (20, 10)


def test_who_counts_sees_nothing_of_the_books_and_who_decides_sees_all(brand: Brand) -> None:
    made = sheet(brand, "A", "B")
    counter, boss = signed_in(brand.ctx, "warehouse"), signed_in(brand.ctx, "manager")
    told = send(counter, made, ("A", 2), ("B", 10), ("nobody", 1))
    assert [one["problem"] for one in told["answers"]] == ["", "", "unknown_code"]
    assert sorted({key for line in told["lines"] for key in line}) == [
        "barcode", "bin", "counted", "id", "picture", "sku", "title", "todo",
    ]  # fmt: skip
    for path in (f"/stock/counts/{made}/", f"/stock/counts/{made}/scan/", "/stock/counts/"):
        text = counter.get(path).content.decode()
        assert [word for word in ("Books said", ">Difference<", ">To decide</th>", ">-8<", ">Booked<") if word in text] == []
    assert counter.post(f"/stock/counts/{made}/finish/").status_code == 302
    text = boss.get(f"/stock/counts/{made}/").content.decode()
    assert [word for word in ("Books said", ">Difference<", ">-8<") if word not in text] == []
    [waits] = [line for line in count_queries.lines_of(brand.ctx, sheet_id=made) if line.state == "waiting"]
    assert counter.post(f"/stock/counts/{made}/approve/", {"line": waits.id}).status_code == 403
    assert boss.post(f"/stock/counts/{made}/approve/", {"line": waits.id}).status_code == 302
    assert level(brand).on_hand == 2
    assert boss.post(f"/stock/counts/{made}/approve/", {"line": waits.id}).status_code == 409


def test_a_recount_is_asked_for_and_stands_among_the_tasks(brand: Brand) -> None:
    made, boss = sheet(brand, "A"), signed_in(brand.ctx)
    send(boss, made, ("A", 1))
    [waits] = count_queries.lines_of(brand.ctx, sheet_id=made)
    assert boss.post(f"/stock/counts/{made}/again/", {"line": waits.id, "owner": "0", "note": "top shelf"}).status_code == 302
    [task] = tasks.list_open(brand.ctx)
    text = boss.get(f"/stock/counts/{made}/").content.decode()
    assert (task.kind, task.owner_id, "asked for a recount" in text) == ("stock_recount", None, True)


def test_orders_in_the_way_of_a_count_are_named_with_the_way_on(brand: Brand) -> None:
    listed(brand.ctx, draft([("A", 6)]))
    made, boss = sheet(brand, "A"), signed_in(brand.ctx)
    send(boss, made, ("A", 2))
    text = boss.get(f"/stock/counts/{made}/").content.decode()
    assert ("promised to orders from here" in text, "send these from elsewhere" in text, "/fulfilment/lists/" in text) == (
        True, True, True,
    )  # fmt: skip
    [waits] = count_queries.lines_of(brand.ctx, sheet_id=made)
    refused = boss.post(f"/stock/counts/{made}/approve/", {"line": waits.id})
    assert (refused.status_code, "2 of A were counted, but 6 are promised" in refused.content.decode()) == (409, True)
    assert boss.post(f"/stock/counts/{made}/approve/", {"line": waits.id, "reroute": "on"}).status_code == 302
    assert level(brand).on_hand == 2
    assert check(all_invariants()) == []


def test_what_a_phone_kept_for_hours_is_judged_by_the_books_of_then(brand: Brand) -> None:
    made, client = sheet(brand, "A"), signed_in(brand.ctx)
    db.execute("UPDATE stock_movement SET at = now() - interval '1 day'")
    change = Change(brand.variants["A"], brand.berlin, on_hand=5)
    adjustments.adjust(brand.ctx, changes=[change], why=Why(Reason.FOUND))
    db.execute("UPDATE stock_movement SET at = now() - interval '1 hour' WHERE reason = 'found'")
    send(client, made, ("A", 10), age_ms=2 * 3_600_000)
    [line] = count_queries.lines_of(brand.ctx, sheet_id=made)
    assert (line.expected, line.booked, level(brand).on_hand) == (10, 0, 15)


def test_a_sheet_is_made_of_what_was_typed_and_a_wrong_code_is_named(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    form = {"location": brand.berlin, "how": "variants", "codes": "A\nB\n", "note": "monday"}
    assert client.post("/stock/counts/new/", form).status_code == 302
    [made] = count_queries.list_sheets(brand.ctx)
    assert (made.lines, made.note, made.chosen) == (2, "monday", "variants")
    assert "nobody" in client.post("/stock/counts/new/", form | {"codes": "A\nnobody"}).content.decode()
    assert client.post("/stock/counts/limits/", {"units": "2", "percent": "", "value": "99.50"}).status_code == 302
    limits = count_queries.limits(brand.ctx)
    assert (limits.units, limits.percent, limits.value_minor) == (2, None, 9950)
