"""Scans: each counts once whatever the network does, and a wrong one never counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doorstep.base import db, money, outbox
from doorstep.base.refusals import Refused
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.fulfilment import actions, queries, scanning
from doorstep.fulfilment.values import PickListRow, PickTaskRow, Scanned
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, listed, make_brand, make_ctx, picked, receive, together

pytestmark = pytest.mark.django_db


def the_list(brand: Brand) -> PickListRow:
    [row] = queries.list_pick_lists(brand.ctx)
    return row


def tasks(brand: Brand, list_id: int) -> list[PickTaskRow]:
    return queries.tasks_of(brand.ctx, pick_list_id=list_id)


def scan(brand: Brand, list_id: int, client_id: str, code: str = "A", *, typed: bool = False) -> Scanned:
    return scanning.scan(brand.ctx, pick_list_id=list_id, client_id=client_id, code=code, typed=typed, at=NOW)


def test_the_first_scan_starts_the_list_and_the_order_and_the_last_ends_it() -> None:
    brand = make_brand()
    [part] = listed(brand.ctx, draft([("A", 2)]))
    row = the_list(brand)
    first = scan(brand, row.id, "1")
    assert (first.problem, first.picked, first.qty, first.list_done) == ("", 1, 2, False)
    begun = queries.get_pick_list(brand.ctx, pick_list_id=row.id)
    assert (begun.state, begun.picker_name, begun.started_at) == ("in_progress", "Doorstep", NOW)
    assert order_queries.fulfilment_orders_by_id(brand.ctx, ids=[part])[part].state == "in_progress"
    last = scan(brand, row.id, "2")
    assert (last.problem, last.picked, last.list_done) == ("", 2, True)
    ended = queries.get_pick_list(brand.ctx, pick_list_id=row.id)
    assert (ended.state, ended.finished_at, ended.picked) == ("picked", NOW, 2)
    assert [line.picked for line in order_queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part])] == [2]
    assert_all_holds()


def test_a_barcode_counts_in_any_of_its_forms_scanned_or_typed() -> None:
    brand = make_brand()
    item = VariantItem(sku="EAN", title="Mug", price=money.parse("5.00", "EUR"), barcode="4006381333931")
    receive(brand.ctx, catalog.ensure_variants(brand.ctx, items=[item])["EAN"], brand.berlin, 3)
    listed(brand.ctx, draft([("EAN", 2)]))
    row = the_list(brand)
    assert scan(brand, row.id, "1", "4006381333931").problem == ""
    assert scan(brand, row.id, "2", "04006381333931", typed=True).list_done


@pytest.mark.parametrize(
    ("code", "problem"),
    [("nobody-knows", "unknown_code"), ("", "unknown_code"), ("C", "not_on_list"), ("😀" * 200, "unknown_code")],
)
def test_a_wrong_scan_is_refused_kept_and_counts_nothing(code: str, problem: str) -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 1)]))
    row = the_list(brand)
    before = tasks(brand, row.id)
    answer = scan(brand, row.id, "w", code)
    assert (answer.problem, answer.list_done) == (problem, False)
    assert tasks(brand, row.id) == before
    assert queries.get_pick_list(brand.ctx, pick_list_id=row.id).state == "open"
    assert db.dicts("SELECT accepted, problem FROM fulfilment_scan") == [{"accepted": False, "problem": problem}]
    assert_all_holds()


def test_one_unit_more_than_asked_for_is_refused() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 1)]))
    row = the_list(brand)
    scan(brand, row.id, "1")
    answer = scan(brand, row.id, "2")
    assert (answer.problem, answer.picked, answer.qty) == ("already_complete", 1, 1)
    assert_all_holds()


def test_the_same_product_for_two_orders_is_shared_out() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 1)]), draft([("A", 1)]))
    row = the_list(brand)
    answers = [scan(brand, row.id, str(n)) for n in range(3)]
    assert [a.problem for a in answers] == ["", "", "already_complete"]
    assert answers[0].task_id != answers[1].task_id
    assert [t.picked for t in tasks(brand, row.id)] == [1, 1]
    assert_all_holds()


def test_a_held_order_is_refused_at_the_scanner_and_its_neighbour_is_served() -> None:
    """ShipHero: a hold placed during picking does not stop the shipment."""
    brand = make_brand()
    held, free = listed(brand.ctx, draft([("A", 2)]), draft([("A", 1)]))
    row = the_list(brand)
    scan(brand, row.id, "1")
    orders.hold(brand.ctx, wishes=[HoldWish(held, HoldReason.OPERATOR)])
    served = scan(brand, row.id, "2")
    assert served.problem == ""
    assert {t.id: t.fulfilment_order_id for t in tasks(brand, row.id)}[served.task_id or 0] == free
    assert scan(brand, row.id, "3").problem == "on_hold"
    orders.release_hold(brand.ctx, fulfilment_order_ids=[held], reason=HoldReason.OPERATOR)
    assert order_queries.fulfilment_orders_by_id(brand.ctx, ids=[held])[held].state == "in_progress"
    assert scan(brand, row.id, "4").list_done
    assert_all_holds()


def test_a_scan_sent_again_gets_its_first_answer_even_when_the_list_is_over() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 1)]))
    row = the_list(brand)
    wrong, right = scan(brand, row.id, "w", "B"), scan(brand, row.id, "r")
    assert [scan(brand, row.id, "r") for _ in range(3)] == [right] * 3
    assert scan(brand, row.id, "w", "A").problem == wrong.problem == "not_on_list"
    assert [t.picked for t in tasks(brand, row.id)] == [1]
    assert_all_holds()


def test_a_queue_of_scans_that_comes_doubled_and_in_disorder_counts_each_once() -> None:
    """Wi-Fi came back: the phone sends what it kept, gets no answer, and sends all of it again."""
    brand = make_brand(stock_each=20)
    listed(brand.ctx, draft([("A", 3), ("B", 2)]), draft([("A", 2)]))
    row = the_list(brand)
    queue = [(f"a{n}", "A") for n in range(5)] + [(f"b{n}", "B") for n in range(2)]
    for client_id, code in [*queue[3:], *queue, *reversed(queue)]:
        scan(brand, row.id, client_id, code)
    done = queries.get_pick_list(brand.ctx, pick_list_id=row.id)
    assert (done.picked, done.units, done.state) == (7, 7, "picked")
    assert db.scalar("SELECT count(*) FROM fulfilment_scan") == 7
    assert_all_holds()


def test_a_scan_cannot_claim_to_come_from_the_future() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 1)]))
    row = the_list(brand)
    scanning.scan(brand.ctx, pick_list_id=row.id, client_id="1", code="A", typed=True, at=NOW + timedelta(days=9))
    assert db.dicts("SELECT at, typed FROM fulfilment_scan") == [{"at": NOW, "typed": True}]


def test_a_list_of_another_organisation_is_not_there() -> None:
    brand, stranger = make_brand(), make_ctx()
    listed(brand.ctx, draft([("A", 1)]))
    row = the_list(brand)
    with pytest.raises(Refused, match="not_found"):
        scanning.scan(stranger, pick_list_id=row.id, client_id="1", code="A", typed=False, at=NOW)
    with pytest.raises(Refused, match="not_found"):
        scanning.undo(stranger, pick_list_id=row.id)
    assert [t.picked for t in tasks(brand, row.id)] == [0]


def test_undoing_takes_the_last_unit_back_and_opens_the_list_again() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 2)]))
    list_id = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])[0].pick_list_id
    answer = scanning.undo(brand.ctx, pick_list_id=list_id)
    assert answer is not None
    assert (answer.picked, answer.list_done) == (1, False)
    again = queries.get_pick_list(brand.ctx, pick_list_id=list_id)
    assert (again.state, again.finished_at) == ("in_progress", None)
    assert [line.picked for line in order_queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part])] == [1]
    with pytest.raises(Refused, match="not_picked"):
        actions.pack(brand.ctx, fulfilment_order_id=part)
    assert scan(brand, list_id, "new").list_done
    assert_all_holds()


def test_what_is_packed_is_not_undone() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 1)]))
    list_id = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])[0].pick_list_id
    actions.pack(brand.ctx, fulfilment_order_id=part)
    assert scanning.undo(brand.ctx, pick_list_id=list_id) is None
    assert [t.picked for t in tasks(brand, list_id)] == [1]
    assert_all_holds()


def test_a_scan_that_was_undone_stays_undone_when_it_is_sent_again() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 2)]))
    row = the_list(brand)
    scan(brand, row.id, "1")
    scanning.undo(brand.ctx, pick_list_id=row.id)
    scan(brand, row.id, "1")
    assert [t.picked for t in tasks(brand, row.id)] == [0]
    assert_all_holds()


def test_the_timeline_of_an_order_tells_its_picking() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 2), ("B", 1)]))
    order_id = order_queries.fulfilment_orders_by_id(brand.ctx, ids=[part])[part].order_id
    told = [e.type for e in sorted(outbox.timeline(brand.ctx, of=[f"order:{order_id}"]), key=lambda e: e.id)]
    assert [t for t in told if t.startswith("fulfilment.")] == [
        "fulfilment.listed", "fulfilment.line_picked", "fulfilment.line_picked", "fulfilment.picked",
    ]  # fmt: skip


def test_a_nul_byte_in_a_code_is_an_unknown_code() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 1)]))
    assert scan(brand, the_list(brand).id, "1", "\x00zz").problem == "unknown_code"


def test_an_undo_sent_twice_takes_one_unit_back() -> None:
    """Nothing twice: the phone got no answer to its undo and sends it again."""
    brand = make_brand()
    listed(brand.ctx, draft([("A", 3)]))
    row = the_list(brand)
    for n in range(3):
        scan(brand, row.id, str(n))
    for _ in range(2):
        scanning.undo(brand.ctx, pick_list_id=row.id, client_id="2")
    assert [t.picked for t in tasks(brand, row.id)] == [2]


@pytest.mark.django_db(transaction=True)
def test_of_two_pickers_at_once_one_gets_the_last_unit() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 1)]))
    row = the_list(brand)
    for_each = [lambda n=n: scan(brand, row.id, f"p{n}") for n in range(8)]  # type: ignore[misc]
    answers = together(*for_each)
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert sorted(a.problem for a in answers if isinstance(a, Scanned)) == ["", *["already_complete"] * 7]
    assert [t.picked for t in tasks(brand, row.id)] == [1]
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
def test_one_scan_sent_by_eight_connections_at_once_counts_once() -> None:
    brand = make_brand()
    listed(brand.ctx, draft([("A", 5)]))
    row = the_list(brand)
    answers = together(*[lambda: scan(brand, row.id, "same")] * 8)
    assert {a.problem if isinstance(a, Scanned) else repr(a) for a in answers} == {""}
    assert [t.picked for t in tasks(brand, row.id)] == [1]
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
def test_a_hold_during_a_storm_of_scans_leaves_counters_that_agree() -> None:
    brand = make_brand(stock_each=50)
    parts = listed(brand.ctx, *(draft([("A", 3), ("B", 2)]) for _ in range(4)))
    row = the_list(brand)
    scans = [lambda n=n, c=c: scan(brand, row.id, f"{c}{n}", c) for n in range(5) for c in "AB"]  # type: ignore[misc]
    holds = [lambda p=p: orders.hold(brand.ctx, wishes=[HoldWish(p, HoldReason.OPERATOR)]) for p in parts[:2]]  # type: ignore[misc]
    answers = together(*scans, *holds)
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert_all_holds()
