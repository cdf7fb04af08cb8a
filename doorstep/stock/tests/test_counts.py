"""Count sheets: what is counted blind is booked as a difference against the moment of counting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest

from doorstep.base import db
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import count_stock
from doorstep.flows.count_stock import Typed
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning, waves
from doorstep.fulfilment.values import PickRules
from doorstep.orders import queries as orders
from doorstep.stock import actions as stock
from doorstep.stock import count_queries, counts, queries
from doorstep.stock.counting import BlindLine, Choice, Chosen, Limits, LineRow
from doorstep.stock.values import Count, LevelRow
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, listed, make_brand, picked, place, receive, together

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _all_holds() -> Iterator[None]:
    yield
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


@pytest.fixture
def brand() -> Brand:
    return make_brand(stock_each=20)


def sheet(brand: Brand, *skus: str, at: int | None = None) -> int:
    chosen = Chosen(Choice.VARIANTS, tuple(brand.variants[sku] for sku in skus or ("A",)))
    return counts.open_sheet(brand.ctx, location_id=at or brand.berlin, chosen=chosen)


def later(ctx: Ctx, minutes: int, who: str = "") -> Ctx:
    actor = Actor("staff", 7, who) if who else ctx.actor
    return replace(ctx, now=ctx.now + timedelta(minutes=minutes), actor=actor)


def enter(ctx: Ctx, sheet_id: int, counted: int, *, code: str = "A", at: datetime | None = None, key: str = "") -> str:
    """Counts; gives what the phone is told."""
    name = key or f"{code}-{counted}-{ctx.actor.name}-{ctx.now:%H%M}"
    [answer] = count_stock.enter(ctx, sheet_id=sheet_id, typed=[Typed(name, code, counted, at or ctx.now)])
    return answer.problem


def line(brand: Brand, sheet_id: int, sku: str = "A") -> LineRow:
    return next(one for one in count_queries.lines_of(brand.ctx, sheet_id=sheet_id) if one.variant_id == brand.variants[sku])


def level(brand: Brand, sku: str = "A") -> LevelRow:
    found = queries.levels_of(brand.ctx, variant_ids=[brand.variants[sku]])
    return next(row for row in found if row.location_id == brand.berlin)


def state(brand: Brand, sheet_id: int) -> str:
    return count_queries.get_sheet(brand.ctx, sheet_id=sheet_id).state


def test_a_small_difference_is_booked_at_once_and_a_large_one_waits(brand: Brand) -> None:
    made = sheet(brand, "A", "B")
    assert [enter(brand.ctx, made, 19), enter(brand.ctx, made, 3, code="B")] == ["", ""]
    assert (line(brand, made).state, line(brand, made).booked, level(brand).on_hand) == ("booked", -1, 19)
    waits = line(brand, made, "B")
    assert (waits.state, waits.difference, waits.expected, level(brand, "B").on_hand) == ("waiting", -17, 20, 20)
    counts.finish(brand.ctx, sheet_id=made)
    assert state(brand, made) == "review"
    count_stock.approve(later(brand.ctx, 1, "Boss"), sheet_id=made, line_ids=[waits.id])
    assert (level(brand, "B").on_hand, line(brand, made, "B").decided_by, state(brand, made)) == (3, "Boss", "closed")
    [moved] = [m for m in queries.movements_of(brand.ctx, variant_id=brand.variants["B"]) if m.kind == "count"]
    assert (moved.on_hand, moved.reason, moved.reference) == (-17, "counted", f"count_sheet:{made}")


def test_who_counts_is_told_nothing_of_the_books() -> None:
    told = {field.name for field in fields(BlindLine)}
    assert told == {"id", "variant_id", "bin", "counted", "counted_by", "counted_at", "is_to_count"}


@pytest.mark.parametrize(
    ("difference", "expected", "price", "is_small"),
    [
        (0, 0, 0, True), (1, 0, 900, True), (-1, 2, 900, True), (2, 20, 900, True), (2, 19, 900, False),
        (5, 50, 900, True), (6, 600, 900, False), (-5, 50, 1001, False),
    ],
)  # fmt: skip
def test_how_large_a_difference_is_booked_without_asking(difference: int, expected: int, price: int, is_small: bool) -> None:
    limits = Limits(units=5, percent=10, value_minor=5000, currency="EUR")
    assert limits.allow(difference, expected=expected, price_minor=price, currency="EUR") == is_small


def test_what_moves_between_counting_and_approval_does_not_distort(brand: Brand) -> None:
    """Ten lie there though the books say twenty; five arrive and somebody corrects the books before it is approved."""
    made = sheet(brand)
    enter(brand.ctx, made, 10)
    receive(later(brand.ctx, 1), brand.variants["A"], brand.berlin, 5)
    assert line(brand, made).difference == -10
    stock.count(later(brand.ctx, 2), counts=[Count(brand.variants["A"], brand.berlin, 22)], reference="by hand")
    assert (level(brand).on_hand, line(brand, made).difference) == (22, -7)
    counts.approve(later(brand.ctx, 3), sheet_id=made, line_ids=[line(brand, made).id])
    assert level(brand).on_hand == 15


def test_a_count_that_was_kept_without_wifi_is_judged_by_the_books_of_its_moment(brand: Brand) -> None:
    made = sheet(brand)
    receive(later(brand.ctx, 10), brand.variants["A"], brand.berlin, 30)
    enter(later(brand.ctx, 20), made, 19, at=brand.ctx.now + timedelta(minutes=5))
    assert (line(brand, made).expected, line(brand, made).booked, level(brand).on_hand) == (20, -1, 49)


def test_what_pickers_hold_is_not_missed_on_the_shelf(brand: Brand) -> None:
    picked(brand.ctx, draft([("A", 4)]))
    made = sheet(brand)
    enter(later(brand.ctx, 1), made, 16)
    assert (line(brand, made).away, line(brand, made).expected, line(brand, made).booked) == (4, 16, 0)
    assert level(brand).on_hand == 20


def test_a_pick_after_the_count_was_taken_is_none_of_it(brand: Brand) -> None:
    parts = listed(brand.ctx, draft([("A", 2)]))
    [task] = floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=parts)
    made = sheet(brand)
    scan = later(brand.ctx, 10)
    scanning.scan(scan, pick_list_id=task.pick_list_id, client_id="scan-1234", code="A", typed=False, at=scan.now)
    enter(later(brand.ctx, 20), made, 20, at=brand.ctx.now + timedelta(minutes=5))
    assert (line(brand, made).away, line(brand, made).booked) == (0, 0)


def test_what_is_sent_twice_counts_once(brand: Brand) -> None:
    made = sheet(brand)
    for _ in range(2):
        enter(brand.ctx, made, 19, key="the-same")
    assert (level(brand).on_hand, db.scalar("SELECT count(*) FROM stock_countentry")) == (19, 1)


def test_two_who_count_one_line_alike_book_it_once(brand: Brand) -> None:
    made = sheet(brand)
    enter(later(brand.ctx, 5, "Ann"), made, 18)
    enter(later(brand.ctx, 9, "Bob"), made, 18, at=brand.ctx.now + timedelta(minutes=3))
    assert (level(brand).on_hand, line(brand, made).state, line(brand, made).booked) == (18, "booked", -2)


def test_two_who_count_one_line_differently_wait_for_a_person(brand: Brand) -> None:
    made = sheet(brand)
    enter(later(brand.ctx, 5, "Ann"), made, 19)
    enter(later(brand.ctx, 9, "Bob"), made, 20)
    now = line(brand, made)
    assert (now.state, now.counted, now.difference, level(brand).on_hand) == ("waiting", 20, 1, 19)
    told = count_queries.entries_of(brand.ctx, line_ids=[now.id])[now.id]
    assert [(one.by, one.counted) for one in told] == [("Ann", 19), ("Bob", 20)]
    counts.approve(later(brand.ctx, 10), sheet_id=made, line_ids=[now.id])
    assert level(brand).on_hand == 20


def test_who_mistyped_counts_again_and_the_last_number_stands(brand: Brand) -> None:
    made = sheet(brand)
    enter(later(brand.ctx, 1, "Ann"), made, 2)
    assert line(brand, made).state == "waiting"
    enter(later(brand.ctx, 2, "Ann"), made, 20)
    assert (line(brand, made).state, level(brand).on_hand) == ("booked", 20)


def test_a_recount_is_a_task_that_is_done_when_somebody_counts(brand: Brand) -> None:
    made = sheet(brand)
    enter(brand.ctx, made, 3)
    counts.finish(brand.ctx, sheet_id=made)
    [task_id] = count_stock.ask_again(brand.ctx, sheet_id=made, line_ids=[line(brand, made).id], words="look behind")
    task = tasks.get(brand.ctx, task_id=task_id)
    assert (task.state, task.kind, task.facts["sku"], task.facts["words"]) == ("open", "stock_recount", "A", "look behind")
    assert (state(brand, made), line(brand, made).state, line(brand, made).recounts) == ("open", "to_count", 1)
    enter(later(brand.ctx, 5), made, 20)
    assert tasks.get(brand.ctx, task_id=task_id).state == "done"
    assert (line(brand, made).state, level(brand).on_hand) == ("booked", 20)


def test_a_count_clears_the_recount_mark_even_where_nothing_differs(brand: Brand) -> None:
    db.execute("UPDATE stock_level SET recount_since = %s WHERE location_id = %s", [NOW, brand.berlin])
    made = counts.open_sheet(brand.ctx, location_id=brand.berlin, chosen=Chosen(Choice.RECOUNT))
    assert len(count_queries.blind_lines(brand.ctx, sheet_id=made)) == 3
    enter(later(brand.ctx, 1), made, 20)
    assert (level(brand).recount_since, level(brand).counted_at) == (None, brand.ctx.now + timedelta(minutes=1))
    made = counts.open_sheet(later(brand.ctx, 2), location_id=brand.berlin, chosen=Chosen(Choice.NOT_COUNTED, days=1))
    assert len(count_queries.blind_lines(brand.ctx, sheet_id=made)) == 2


def test_fewer_than_promised_leads_on_to_the_orders_and_sends_them_from_elsewhere(brand: Brand) -> None:
    """Eight are promised from Berlin in two orders, and five lie there: the newer order loses three and gets them from Seoul."""
    listed(brand.ctx, draft([("A", 5)]), draft([("A", 3)]))
    made = sheet(brand)
    enter(later(brand.ctx, 1), made, 5)
    waits = line(brand, made)
    told = count_stock.promised_from(brand.ctx, line=waits, location_id=brand.berlin)
    assert [(one.qty, one.task is not None) for one in told] == [(3, True), (5, True)]
    with pytest.raises(Refused) as refused:
        count_stock.approve(brand.ctx, sheet_id=made, line_ids=[waits.id])
    assert (refused.value.code, refused.value.facts) == (
        "promised_from_there", {"sku": brand.variants["A"], "counted": 5, "promised": 8},
    )  # fmt: skip
    assert level(brand).on_hand == 20
    count_stock.approve(later(brand.ctx, 2), sheet_id=made, line_ids=[waits.id], reroute=True)
    drain()
    assert (level(brand).on_hand, level(brand).committed, level(brand).recount_since) == (5, 5, None)
    [part] = orders.fulfilment_orders_of(brand.ctx, order_ids=[told[0].order.id])
    assert (part.state, part.location_id) == ("open", brand.seoul)


def test_orders_that_wait_for_a_wave_and_stand_on_no_list_go_on_from_elsewhere_too(brand: Brand) -> None:
    waves.set_rules(brand.ctx, location_id=brand.berlin, rules=PickRules(planned=True))
    older, newer = place(brand.ctx, draft([("A", 5)]), draft([("A", 3), ("B", 1)]))
    drain()
    assert floor.list_pick_lists(brand.ctx) == []
    made = sheet(brand)
    enter(later(brand.ctx, 1), made, 6)
    count_stock.approve(later(brand.ctx, 2), sheet_id=made, line_ids=[line(brand, made).id], reroute=True)
    drain()
    assert (level(brand).on_hand, level(brand).committed, line(brand, made).state) == (6, 6, "booked")
    parts = orders.fulfilment_orders_of(brand.ctx, order_ids=[older, newer])
    assert [(p.order_id, p.state, p.location_id) for p in parts] == [
        (older, "open", brand.berlin), (newer, "open", brand.berlin), (newer, "open", brand.seoul),
    ]  # fmt: skip


def test_orders_that_have_no_place_yet_stand_in_the_way_too_until_they_are_routed(brand: Brand) -> None:
    """Thirty of forty are promised and not routed: fifteen cannot leave the books, though nothing is pinned to the shelf."""
    [order_id] = place(brand.ctx, draft([("A", 30)]))
    made = sheet(brand)
    enter(later(brand.ctx, 1), made, 5)
    waits = line(brand, made)
    [told] = count_stock.promised_from(brand.ctx, line=waits, location_id=brand.berlin)
    assert (told.order.id, told.qty, told.task) == (order_id, 30, None)
    with pytest.raises(Refused) as refused:
        counts.approve(brand.ctx, sheet_id=made, line_ids=[waits.id])
    assert refused.value.facts == {"sku": brand.variants["A"], "counted": 5, "promised": 30}
    drain()
    count_stock.approve(later(brand.ctx, 2), sheet_id=made, line_ids=[waits.id], reroute=True)
    drain()
    assert (level(brand).on_hand, line(brand, made).state) == (5, "booked")


def test_of_two_who_decide_one_line_one_is_told_and_a_late_count_of_a_closed_sheet_changes_nothing(brand: Brand) -> None:
    made = sheet(brand)
    enter(brand.ctx, made, 3)
    counts.finish(brand.ctx, sheet_id=made)
    waits = line(brand, made)
    counts.approve(brand.ctx, sheet_id=made, line_ids=[waits.id])
    with pytest.raises(Refused) as refused:
        counts.ask_again(brand.ctx, sheet_id=made, line_ids=[waits.id])
    assert refused.value.code == "count_sheet_over"
    assert enter(later(brand.ctx, 5), made, 20) == "sheet_over"
    assert (level(brand).on_hand, line(brand, made).state) == (3, "booked")


def test_a_variant_that_is_not_on_the_sheet_is_added_and_an_unknown_code_is_told(brand: Brand) -> None:
    made = sheet(brand)
    assert [enter(brand.ctx, made, 20, code="B"), enter(brand.ctx, made, 1, code="nobody")] == ["", "unknown_code"]
    assert sorted(one.variant_id for one in count_queries.blind_lines(brand.ctx, sheet_id=made)) == sorted(
        brand.variants[sku] for sku in "AB"
    )


def test_shelves_are_chosen_by_their_code_or_its_beginning(brand: Brand) -> None:
    shelves = {brand.variants["A"]: "A-01", brand.variants["B"]: "A-02", brand.variants["C"]: "B-01"}
    stock.set_bins(brand.ctx, location_id=brand.berlin, bins=shelves)
    for bins, size in ((("A-01",), 1), (("A-*",), 2), (("A-*", "B-01"), 3)):
        made = counts.open_sheet(brand.ctx, location_id=brand.berlin, chosen=Chosen(Choice.BINS, bins=bins))
        assert len(count_queries.blind_lines(brand.ctx, sheet_id=made)) == size
    with pytest.raises(Refused) as refused:
        counts.open_sheet(brand.ctx, location_id=brand.berlin, chosen=Chosen(Choice.BINS, bins=("Z-*",)))
    assert refused.value.code == "nothing_to_count"


@pytest.mark.django_db(transaction=True)
def test_counters_reviewers_and_receipts_at_once_book_each_difference_once() -> None:
    brand = make_brand(stock_each=20)
    made = sheet(brand, "A", "B")
    enter(brand.ctx, made, 2, code="B")
    waits = line(brand, made, "B")

    def count(who: str) -> object:
        return [enter(later(brand.ctx, 1, who), made, 19), enter(later(brand.ctx, 2, who), made, 19, key=f"{who}-again")]

    def decide() -> object:
        try:
            counts.approve(later(brand.ctx, 3), sheet_id=made, line_ids=[waits.id])
        except Refused as refused:
            return refused.code
        return "done"

    answers = together(
        lambda: count("Ann"), lambda: count("Bob"), decide, decide,
        lambda: receive(brand.ctx, brand.variants["B"], brand.berlin, 5),
        lambda: receive(brand.ctx, brand.variants["A"], brand.berlin, 5),
    )  # fmt: skip
    assert [a for a in answers if isinstance(a, Exception)] == []
    done, late = sorted(answers[2:4], key=lambda said: said != "done")
    assert done == "done"
    assert late in ("changed_meanwhile", "count_sheet_over")  # by whether the other was done before this one looked
    assert level(brand, "B").on_hand == 7
    booked = line(brand, made)
    assert booked.state in ("booked", "waiting")
    assert level(brand).on_hand == 25 + booked.booked
