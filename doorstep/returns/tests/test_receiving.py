"""What a person finds is counted once, and what a person judges moves the stock once."""

from __future__ import annotations

import pytest

from doorstep.base import db, outbox
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import intake
from doorstep.orders import queries as orders
from doorstep.orders.placing import Accepted
from doorstep.returns import queries, receiving
from doorstep.returns.values import Arrived
from doorstep.stock import queries as stock
from doorstep.stock.values import LevelRow
from tests.factories import Brand, draft, make_brand, together
from tests.returning import arrived, ask, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def level(brand: Brand, sku: str = "A") -> LevelRow:
    found = stock.levels_of(brand.ctx, variant_ids=[brand.variants[sku]])
    return next(row for row in found if row.location_id == brand.berlin)


def back(brand: Brand, qty: int = 3) -> tuple[int, int]:
    """A return of A; gives its id and that of its line."""
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", qty))
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    return return_id, line.id


@pytest.mark.parametrize(
    ("word", "moved"),
    [
        ("restocked", (1, 0, 0)), ("refurbish", (1, 0, 1)), ("processing_required", (1, 0, 1)), ("liquidate", (1, 1, 0)),
        ("supplier_return", (1, 1, 0)), ("donate", (0, 0, 0)), ("recycle", (0, 0, 0)), ("missing", (0, 0, 0)),
    ],
)  # fmt: skip
def test_each_disposition_moves_its_stock_in_the_same_breath(
    brand: Brand, word: str, moved: tuple[int, int, int]
) -> None:
    return_id, line_id = back(brand, 1)
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(1, line_id)], key="r")
    was = level(brand)

    assert receiving.inspect(brand.ctx, line_id=line_id, qty=1, grade="B", disposition=word, key="i") == "inspected"

    now = level(brand)
    assert (now.on_hand - was.on_hand, now.damaged - was.damaged, now.quality_control - was.quality_control) == moved
    assert check(all_invariants()) == []


def test_a_double_click_counts_once(brand: Brand) -> None:
    return_id, line_id = back(brand)
    for _ in range(2):
        receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(2, line_id)], key="r")
    was = level(brand).on_hand
    for _ in range(2):
        receiving.inspect(brand.ctx, line_id=line_id, qty=1, grade="A", disposition="restocked", key="i")

    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    assert (line.received, line.inspected, level(brand).on_hand - was) == (2, 1, 1)


def test_each_judgement_is_told_once(brand: Brand) -> None:
    """Who judges many lines is at work all the time, not only at the last one."""
    return_id, line_id = back(brand)
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(3, line_id)], key="r")
    for key, qty, grade, word in (("i", 1, "A", "restocked"), ("i", 1, "A", "restocked"), ("j", 2, "D", "recycle")):
        receiving.inspect(brand.ctx, line_id=line_id, qty=qty, grade=grade, disposition=word, key=key)

    order_id = queries.get_return(brand.ctx, return_id=return_id).order_id
    told = [e for e in reversed(outbox.timeline(brand.ctx, of=[f"order:{order_id}"])) if e.subject == f"return:{return_id}"]
    assert [e.type for e in told[-3:]] == ["return.units_judged", "return.units_judged", "return.inspected"]
    assert [e.data for e in told[-3:-1]] == [
        {"number": "R1001", "sku": "A", "qty": 1, "grade": "A", "disposition": "restocked"},
        {"number": "R1001", "sku": "A", "qty": 2, "grade": "D", "disposition": "recycle"},
    ]


def test_a_part_is_received_and_the_rest_awaited(brand: Brand) -> None:
    return_id, line_id = back(brand)

    assert (
        receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(2, line_id)], key="r")
        == "partially_received"
    )
    receiving.inspect(brand.ctx, line_id=line_id, qty=2, grade="A", disposition="restocked", key="i")
    with pytest.raises(Refused, match="more_than_announced"):
        receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(2, line_id)], key="r2")
    assert queries.get_return(brand.ctx, return_id=return_id).goods == "partially_received"
    assert receiving.close_short(brand.ctx, return_id=return_id) == "inspected"
    with pytest.raises(Refused, match="return_state"):
        receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(1, line_id)], key="r3")


def test_wrong_and_extra_items_are_noted_and_count_for_no_line(brand: Brand) -> None:
    return_id, line_id = back(brand)
    found = [
        Arrived(1, line_id, brand.variants["C"], came="wrong_item", note="A mug"),
        Arrived(2, None, brand.variants["B"], came="extra_item"),
    ]

    assert receiving.receive(brand.ctx, return_id=return_id, arrived=found, key="r") == "none"

    noted = queries.receipts_of(brand.ctx, return_id=return_id)
    assert [(r.came, r.qty, r.variant_id) for r in noted] == [
        ("wrong_item", 1, brand.variants["C"]), ("extra_item", 2, brand.variants["B"]),
    ]  # fmt: skip
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    assert line.received == 0


def test_nothing_is_judged_that_is_not_here(brand: Brand) -> None:
    return_id, line_id = back(brand)
    was = level(brand)
    with pytest.raises(Refused, match="return_state"):
        receiving.inspect(brand.ctx, line_id=line_id, qty=1, grade="A", disposition="restocked", key="i")
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(1, line_id)], key="r")
    with pytest.raises(Refused, match="not_received"):
        receiving.inspect(brand.ctx, line_id=line_id, qty=2, grade="A", disposition="restocked", key="i")
    assert level(brand) == was
    assert queries.inspections_of(brand.ctx, line_ids=[line_id]) == []


def test_an_order_from_before_doorstep_still_gives_a_unit_back(brand: Brand) -> None:
    [answer] = intake.accept(brand.ctx, [draft([("A", 2)])], historical=True)
    assert isinstance(answer, Accepted)
    was = level(brand).on_hand + sum(
        row.on_hand
        for row in stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]])
        if row.location_id == brand.seoul
    )
    return_id = ask(brand.ctx, answer.order_id, wish(brand.ctx, answer.order_id, "A", 2))
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(2, line.id)], key="r")
    receiving.inspect(brand.ctx, line_id=line.id, qty=2, grade="A", disposition="restocked", key="i")

    now = sum(row.on_hand for row in stock.levels_of(brand.ctx, variant_ids=[brand.variants["A"]]))
    assert now - was == 2
    [last] = db.dicts("SELECT kind, reason, on_hand FROM stock_movement ORDER BY id DESC LIMIT 1")
    assert last == {"kind": "return", "reason": "restocked", "on_hand": 2}
    assert orders.orders_by_id(brand.ctx, ids=[answer.order_id])[answer.order_id].fulfilment_state == "delivered"


@pytest.mark.django_db(transaction=True)
def test_two_people_at_one_parcel_judge_each_unit_once(brand: Brand) -> None:
    return_id, line_id = back(brand)
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(3, line_id)], key="r")
    was = level(brand).on_hand

    answers = together(
        *[
            lambda key=f"i{n % 4}": receiving.inspect(
                brand.ctx, line_id=line_id, qty=1, grade="A", disposition="restocked", key=key
            )
            for n in range(8)
        ]
    )

    assert level(brand).on_hand - was == 3
    assert {str(a) for a in answers if isinstance(a, str)} <= {"received", "inspected"}
    assert check(all_invariants()) == []
