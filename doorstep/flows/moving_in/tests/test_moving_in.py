from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import components
from doorstep.catalog import queries as catalog
from doorstep.customers import queries as customers
from doorstep.flows.moving_in import apply, checklist, run
from doorstep.flows.moving_in.values import Kind, Wish
from doorstep.locations import actions as locations
from doorstep.locations import queries as location_queries
from doorstep.locations.values import LocationDraft
from doorstep.stock import queries as stock
from tests.factories import make_ctx

CTX = Ctx(41, Actor("staff", 7, "Kim"), datetime(2026, 11, 1, tzinfo=UTC), "test")
pytestmark = pytest.mark.django_db
GOODS = (
    "상품코드,상품명,판매가,바코드,옵션1,대표상품명\n"
    "N-1,후드 집업 S,59000,8801234567893,S,후드 집업\n"
    "N-2,후드 집업 M,59000,,M,후드 집업\n"
    "N-2,후드 집업 L,59000,,L,후드 집업\n"
    "N-3,양말,비쌈,,,\n"
    "N-4,에코백,15000,8801234567893,,\n"
)


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    """An organisation of its own for each test."""
    monkeypatch.setattr(sys.modules[__name__], "CTX", replace(CTX, organisation_id=make_ctx().organisation_id))


def wish(text: str, kind: Kind, **chosen: object) -> Wish:
    arrival_id = run.keep(CTX, name="file.csv", data=text.encode())
    _name, table = run.table_of(CTX, arrival_id=arrival_id)
    mapping = run.guess(CTX, kind=kind, table=table)
    return Wish(arrival_id, kind, mapping, currency="KRW", **chosen)  # type: ignore[arg-type]


def ran(wanted: Wish) -> tuple[int, int, dict[str, str]]:
    """Units done, units failed, and the sentence per refused row."""
    job_id = run.start(CTX, wish=wanted)
    run.work(CTX, job_id=job_id)
    job = run.get_job(CTX, job_id=job_id)
    assert job.state == "done"
    report = [failure.line for failure in accounts.failures_of_bulk_job(CTX, job_id=job_id)]
    return job.done, job.failed, {line["key"]: line["problem"] % line["facts"] for line in report}


def seoul(code: str = "SEL1") -> int:
    return locations.create(CTX, location=LocationDraft(code, f"Warehouse {code}", "KR"))


def test_products_come_in_and_each_bad_row_says_why() -> None:
    wanted = wish(GOODS, Kind.PRODUCTS)
    checked = run.check(CTX, wish=wanted)
    assert (checked.total, checked.fresh, checked.known, checked.refused) == (5, 2, 0, 3)
    assert catalog.find_variants(CTX, skus=["N-1"]) == {}
    problems = {
        "4": "The SKU N-2 stands in row 3 already.",
        "5": "“비쌈” is not a price.",
        "6": "The barcode 8801234567893 stands in row 2 already.",
    }
    assert ran(wanted) == (2, 3, problems)
    rows = catalog.find_variants(CTX, skus=["N-1", "N-2", "N-3", "N-4"])
    assert {sku: row.title for sku, row in rows.items()} == {"N-1": "후드 집업 · S", "N-2": "후드 집업 · M"}
    assert rows["N-1"].product_id == rows["N-2"].product_id


def test_running_a_file_again_changes_nothing_unless_it_shall() -> None:
    first = wish("sku,title,price\nA,Tee,100\n", Kind.PRODUCTS)
    assert ran(first) == (1, 0, {})
    dearer = wish("sku,title,price\nA,Tee,200\n", Kind.PRODUCTS)
    assert run.check(CTX, wish=dearer).known == 1
    ran(dearer)
    assert catalog.find_variants(CTX, skus=["A"])["A"].price_minor == 100
    ran(wish("sku,title,price\nA,Tee,200\n", Kind.PRODUCTS, update=True))
    assert catalog.find_variants(CTX, skus=["A"])["A"].price_minor == 200


def test_stock_is_counted_per_location_and_counting_again_is_no_second_receipt() -> None:
    one, _two = seoul(), seoul("SEL2")
    ran(wish("sku,title,price,barcode\nA,Tee,100,8801234567893\nB,Cap,100,\n", Kind.PRODUCTS))
    text = (
        "sku,qty,location,bin\nA,5,SEL1,A-01\n8801234567893,7,SEL2,\nB,x,SEL1,\nC,1,SEL1,\nB,1,Nowhere,\n"
        "A,6,Warehouse SEL1,\nB,3,,\n"
    )
    for _ in range(2):
        done, failed, problems = ran(wish(text, Kind.STOCK))
        assert (done, failed) == (2, 5)
        assert set(problems) == {"4", "5", "6", "7", "8"}
        variant = catalog.find_variants(CTX, skus=["A"])["A"].id
        assert stock.pool_of(CTX, variant_ids=[variant])[variant].on_hand == 12
    (level, *_rest) = [row for row in stock.levels_of(CTX, variant_ids=[variant]) if row.location_id == one]
    assert (level.on_hand, level.bin) == (5, "A-01")
    assert ran(wish("sku,qty\nB,3\n", Kind.STOCK, location_id=one))[:2] == (1, 0)


def test_customers_come_in_with_consent_and_country() -> None:
    text = (
        "이름,이메일,연락처,국가,마케팅 수신동의\n김서연,KIM@x.kr,010-1234-5678,대한민국,Y\n,bad,,,\n,,,,\n"
        "이준호,,010-2222-3333,Narnia,\n김,kim@x.kr,,,\n"
    )
    assert ran(wish(text, Kind.CUSTOMERS))[:2] == (1, 3)
    (kim,) = customers.list_customers(CTX)
    assert (kim.name, kim.email, kim.phone, kim.country, kim.language, kim.accepts_marketing) == (
        "김서연", "kim@x.kr", "+821012345678", "KR", "ko", True,
    )  # fmt: skip


def test_customers_who_name_no_language_get_that_of_their_country_else_the_brands() -> None:
    db.execute("UPDATE accounts_organisation SET default_language = 'ko' WHERE id = %s", [CTX.organisation_id])
    text = "name,email,country,language\nA,a@x.kr,KR,\nB,b@x.kr,GB,\nC,c@x.kr,DE,\nD,d@x.kr,,\nE,e@x.kr,KR,English\n"
    assert ran(wish(text, Kind.CUSTOMERS))[:2] == (5, 0)
    told = {row.name: row.language for row in customers.list_customers(CTX)}
    assert told == {"A": "ko", "B": "en", "C": "ko", "D": "ko", "E": "en"}


def test_consent_that_is_neither_yes_nor_no_is_a_problem_of_its_row() -> None:
    text = "name,email,accepts marketing\nA,a@x.kr,maybe\nB,b@x.kr,수신 거부\nC,c@x.kr,\nD,d@x.kr,Opted-in\n"
    done, failed, problems = ran(wish(text, Kind.CUSTOMERS))
    assert (done, failed, set(problems)) == (3, 1, {"2"})
    assert problems["2"] == "“maybe” is neither yes nor no."
    assert {row.name: row.accepts_marketing for row in customers.list_customers(CTX)} == {"B": False, "C": False, "D": True}


@pytest.mark.parametrize(("first", "second"), [("yes", "no"), ("no", "yes")])
def test_a_customer_who_comes_twice_is_named_and_a_no_wins(first: str, second: str) -> None:
    text = f"name,email,accepts marketing\nA,a@x.kr,{first}\nA,A@X.kr ,{second}\nB,b@x.kr,yes\n"
    done, failed, problems = ran(wish(text, Kind.CUSTOMERS))
    assert (done, failed) == (2, 1)
    assert problems == {"3": "The customer a@x.kr stands in row 2 already."}
    assert {row.name: row.accepts_marketing for row in customers.list_customers(CTX)} == {"A": False, "B": True}


def test_bundles_come_in_whole_or_not_at_all() -> None:
    ran(wish("sku,title,price\nSET,Set,300\nDUO,Duo,200\nA,Tee,100\nB,Cap,100\n", Kind.PRODUCTS))
    rows = "SET,A,2\nSET,B,1\nDUO,A,1\nDUO,?,1\nGONE,A,1\nDUO,B,0\n"
    wanted = wish(f"세트코드,구성품코드,수량\n{rows}", Kind.BUNDLES)
    problems = {
        "4": "Row 5 of this bundle cannot be taken or repeats another.",
        "5": "No product has the SKU ?.",
        "6": "No product has the SKU GONE.",
        "7": "A bundle has 1 to 100 units of each component.",
    }
    assert ran(wanted) == (2, 4, problems)
    found = catalog.find_variants(CTX, skus=["SET", "DUO"])
    assert (found["SET"].bundle, found["DUO"].bundle) == (True, False)
    inside = components.components_of(CTX, variant_ids=[found["SET"].id])[found["SET"].id]
    assert [(c.sku, c.qty) for c in inside] == [("A", 2), ("B", 1)]
    assert run.check(CTX, wish=wanted).known == 2
    done, failed, said = ran(wish("sku,qty\nA,5\nSET,3\n", Kind.STOCK, location_id=seoul()))
    assert (done, failed) == (1, 1)
    assert said == {"3": "SET is a bundle: what lies on the shelves are its components."}


def test_bins_come_in_for_their_location() -> None:
    one = seoul()
    assert ran(wish("code,position\nA-1,2\nA-2,1\nA-1,9\n,4\n", Kind.BINS, location_id=one))[:2] == (2, 2)
    assert [b.code for b in location_queries.bins(CTX, location_id=one)] == ["A-2", "A-1"]


def test_a_run_that_was_cut_off_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH", 2)
    text = "sku,title,price\n" + "".join(f"S{n},Thing,{n}\n" for n in range(1, 8))
    job_id = run.start(CTX, wish=wish(text, Kind.PRODUCTS))
    real, calls = apply.write, []

    def falls(ctx: Ctx, **given: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise ConnectionError
        return real(ctx, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(apply, "write", falls)
    with pytest.raises(ConnectionError):
        run.work(CTX, job_id=job_id)
    assert run.get_job(CTX, job_id=job_id).done == 4
    run.work(CTX, job_id=job_id)
    job = run.get_job(CTX, job_id=job_id)
    assert (job.state, job.done, job.failed) == ("done", 7, 0)
    assert len(catalog.find_variants(CTX, skus=[f"S{n}" for n in range(1, 8)])) == 7


def test_the_report_holds_every_refused_row_as_it_came() -> None:
    rows = "".join(f"A{n},Mug {n},many\n" for n in range(2, 2502))
    job_id = run.start(CTX, wish=wish(f"sku,title,price\n{rows}", Kind.PRODUCTS))
    run.work(CTX, job_id=job_id)
    report = run.report(CTX, job_id=job_id)
    told = [(number, problem.says % problem.facts, row) for batch in report.batches for number, problem, row in batch]
    assert report.heads == ["sku", "title", "price"]
    assert told == [(n, "“many” is not a price.", [f"A{n}", f"Mug {n}", "many"]) for n in range(2, 2502)]


def test_a_file_that_was_exported_here_is_read_as_it_was() -> None:
    job_id = run.start(CTX, wish=wish("name,phone\n'=Kim,'+82 10 5550 1234\n", Kind.CUSTOMERS))
    run.work(CTX, job_id=job_id)
    (row,) = customers.list_customers(CTX, query="=Kim")
    assert (row.name, row.phone) == ("=Kim", "+821055501234")


def test_a_needed_column_that_is_missing_is_refused_before_anything_starts() -> None:
    wanted = wish("name,price\nTee,1\n", Kind.PRODUCTS)
    for attempt in (run.check, run.start):
        with pytest.raises(Refused) as refused:
            attempt(CTX, wish=wanted)
        assert refused.value.code == "column_missing"


def test_a_mapping_is_remembered_for_the_same_heads() -> None:
    arrival_id = run.keep(CTX, name="x.csv", data=b"foo,bar,baz\nA,Tee,5\n")
    _name, table = run.table_of(CTX, arrival_id=arrival_id)
    assert run.guess(CTX, kind=Kind.PRODUCTS, table=table) == {}
    run.start(CTX, wish=Wish(arrival_id, Kind.PRODUCTS, {"sku": 0, "title": 1, "price": 2}))
    assert run.guess(CTX, kind=Kind.PRODUCTS, table=table) == {"sku": 0, "title": 1, "price": 2}


def test_a_stranger_sees_neither_file_nor_job() -> None:
    stranger = Ctx(CTX.organisation_id + 1, CTX.actor, CTX.now, "test")
    wanted = wish("sku,title,price\nA,Tee,1\n", Kind.PRODUCTS)
    job_id = run.start(CTX, wish=wanted)
    for attempt in (
        lambda: run.table_of(stranger, arrival_id=wanted.arrival_id),
        lambda: run.start(stranger, wish=wanted),
        lambda: run.get_job(stranger, job_id=job_id),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "not_found"


def test_the_checklist_knows_what_is_done() -> None:
    assert [step.name for step in checklist.steps(CTX) if step.is_done] == []
    one = seoul()
    ran(wish("sku,title,price\nA,Tee,100\n", Kind.PRODUCTS))
    ran(wish("sku,qty\nA,3\n", Kind.STOCK, location_id=one))
    assert [step.name for step in checklist.steps(CTX) if step.is_done] == ["locations", "products", "stock"]
