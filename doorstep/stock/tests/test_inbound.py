"""Deliveries, transfers and lots: what comes in once, what is still to come, and which units they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from doorstep.base import db
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.orders import queries as orders
from doorstep.stock import actions, deliveries, lots, queries, transfers
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import Arrived, Condition, DeliveryDraft, LineDraft, TransferDraft
from doorstep.stock.invariants import INVARIANTS
from doorstep.stock.tracked import reads as lot_reads
from doorstep.stock.tracked.values import Labelled, LotFilter
from doorstep.stock.values import Change, Count, MovementKind, Want
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, place, receive

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 27)


@pytest.fixture
def brand() -> Iterator[Brand]:
    made = make_brand(stock_each=0)
    yield made
    assert [(b.invariant.name, b.examples) for b in check(INVARIANTS)] == []


def expected(brand: Brand, *lines: tuple[str, int], document: str = "PO-4711", **more: Any) -> int:
    wanted = tuple(LineDraft(brand.variants[sku], qty) for sku, qty in lines)
    given = DeliveryDraft("Hanji Mill", document, brand.seoul, wanted, FRIDAY, **more)
    return deliveries.expect(brand.ctx, draft=given)


def came(client_id: str, sku: str, qty: int = 1, **more: Any) -> Arrived:
    return Arrived(client_id, qty, code=sku, **more)


def arrive(brand: Brand, delivery_id: int, *arrived: Arrived) -> list[str]:
    return [answer.problem for answer in deliveries.receive(brand.ctx, delivery_id=delivery_id, arrived=arrived)]


def incoming(brand: Brand) -> list[tuple[str, str, int, date | None]]:
    skus = {id: sku for sku, id in brand.variants.items()}
    places = {brand.seoul: "seoul", brand.berlin: "berlin"}
    found = queries.incoming_of(brand.ctx, variant_ids=None)
    return [(skus[row.variant_id], places[row.location_id], row.qty, row.due_on) for row in found]


def pool(brand: Brand, sku: str) -> tuple[int, int, int]:
    row = queries.pool_of(brand.ctx, variant_ids=[brand.variants[sku]])[brand.variants[sku]]
    return row.on_hand, row.damaged, row.quality_control


def state(brand: Brand, delivery_id: int) -> str:
    return reads.get_delivery(brand.ctx, delivery_id=delivery_id).state


def test_a_delivery_is_incoming_until_it_is_received_in_several_goes(brand: Brand) -> None:
    id = expected(brand, ("A", 10), ("B", 2))
    assert incoming(brand) == [("A", "seoul", 10, FRIDAY), ("B", "seoul", 2, FRIDAY)]
    assert pool(brand, "A") == (0, 0, 0)

    assert arrive(brand, id, came("c-1", "A", 4), came("c-2", "A", 2, condition=Condition.DAMAGED)) == ["", ""]
    assert state(brand, id) == "partially_received"
    assert incoming(brand) == [("A", "seoul", 4, FRIDAY), ("B", "seoul", 2, FRIDAY)]
    assert pool(brand, "A") == (6, 2, 0)

    assert arrive(brand, id, came("c-3", "A", 4, condition=Condition.QUALITY_CONTROL), came("c-4", "B", 2)) == ["", ""]
    assert (state(brand, id), incoming(brand), pool(brand, "A")) == ("received", [], (10, 2, 4))


def test_a_receipt_that_is_sent_twice_books_once(brand: Brand) -> None:
    id = expected(brand, ("A", 10))
    first = deliveries.receive(brand.ctx, delivery_id=id, arrived=[came("c-1", "A", 3), came("c-2", "X")])
    again = deliveries.receive(brand.ctx, delivery_id=id, arrived=[came("c-1", "A", 3), came("c-2", "X"), came("c-1", "A", 3)])
    assert again == [*first, first[0]]
    assert [answer.problem for answer in first] == ["", "unknown_code"]
    assert pool(brand, "A") == (3, 0, 0)


def test_more_than_expected_is_marked_and_above_the_tolerance_needs_a_reason(brand: Brand) -> None:
    id = expected(brand, ("A", 10))
    within, above = deliveries.receive(brand.ctx, delivery_id=id, arrived=[came("c-1", "A", 11), came("c-2", "A", 1)])
    assert (within.problem, within.over, above.problem, above.over) == ("", 1, "over", 1)
    assert pool(brand, "A") == (11, 0, 0)
    [told] = deliveries.receive(brand.ctx, delivery_id=id, arrived=[came("c-3", "A", 1, reason="they sent a gift")])
    assert (told.problem, told.over) == ("", 1)
    assert reads.get_delivery(brand.ctx, delivery_id=id).over == 2

    deliveries.set_tolerance(brand.ctx, percent=50)
    assert arrive(brand, id, came("c-4", "A", 3)) == [""]


def test_what_nobody_announced_becomes_a_line_of_its_own(brand: Brand) -> None:
    id = expected(brand, ("A", 1))
    assert arrive(brand, id, came("c-1", "C", 2)) == [""]
    extra = reads.lines_of_deliveries(brand.ctx, delivery_ids=[id])[-1]
    assert (extra.sku, extra.is_extra, extra.received, state(brand, id)) == ("C", True, 2, "partially_received")


def test_closing_short_says_how_many_are_missing_and_the_rest_is_incoming_no_longer(brand: Brand) -> None:
    id = expected(brand, ("A", 10))
    arrive(brand, id, came("c-1", "A", 4))
    with pytest.raises(Refused, match="needs_reason"):
        deliveries.close_short(brand.ctx, delivery_id=id, reason=" ")
    assert deliveries.close_short(brand.ctx, delivery_id=id, reason="sold out at the mill") == 6
    assert (state(brand, id), incoming(brand)) == ("closed_short", [])
    assert arrive(brand, id, came("c-2", "A", 1)) == ["closed"]
    with pytest.raises(Refused, match="illegal_move"):
        deliveries.close_short(brand.ctx, delivery_id=id, reason="again")
    assert pool(brand, "A") == (4, 0, 0)


def test_a_wrong_receipt_is_taken_back_once_and_not_where_its_units_are_promised(brand: Brand) -> None:
    id = expected(brand, ("A", 2))
    arrive(brand, id, came("c-1", "A", 2))
    assert [deliveries.take_back(brand.ctx, delivery_id=id, client_id="c-1") for _ in range(2)] == [True, False]
    assert (state(brand, id), pool(brand, "A"), incoming(brand)) == ("partially_received", (0, 0, 0), [("A", "seoul", 2, FRIDAY)])
    arrive(brand, id, came("c-2", "A", 2))
    place(brand.ctx, draft([("A", 1)]))
    with pytest.raises(Refused, match="not_enough_stock"):
        deliveries.take_back(brand.ctx, delivery_id=id, client_id="c-2")
    assert (state(brand, id), pool(brand, "A")) == ("received", (2, 0, 0))


def test_orders_that_wait_get_what_a_delivery_brings(brand: Brand) -> None:
    [order_id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    assert orders.orders_by_id(brand.ctx, ids=[order_id])[order_id].on_hold
    id = expected(brand, ("A", 3))
    drain()
    assert orders.orders_by_id(brand.ctx, ids=[order_id])[order_id].on_hold
    arrive(brand, id, came("c-1", "A", 3))
    drain()
    assert not orders.orders_by_id(brand.ctx, ids=[order_id])[order_id].on_hold


def test_what_is_expected_changes_until_the_delivery_is_over(brand: Brand) -> None:
    id = expected(brand, ("A", 10), ("B", 1))
    with pytest.raises(Refused, match="document_taken"):
        expected(brand, ("A", 1))
    arrive(brand, id, came("c-1", "A", 4))
    with pytest.raises(Refused, match="fewer_than_came"):
        deliveries.set_lines(brand.ctx, delivery_id=id, lines=[LineDraft(brand.variants["A"], 3)])
    deliveries.set_lines(brand.ctx, delivery_id=id, lines=[LineDraft(brand.variants["A"], 5), LineDraft(brand.variants["C"], 2)])
    assert incoming(brand) == [("A", "seoul", 1, FRIDAY), ("C", "seoul", 2, FRIDAY)]
    deliveries.change(
        brand.ctx, delivery_id=id, supplier="Hanji Mill", document="PO-4711", note="", blind=True, expected_on=date(2026, 12, 4)
    )
    assert [due for *_, due in incoming(brand)] == [date(2026, 12, 4)] * 2
    with pytest.raises(Refused, match="illegal_move"):
        deliveries.cancel(brand.ctx, delivery_id=id, reason="mistake")


def test_units_in_transit_are_nowhere_but_incoming(brand: Brand) -> None:
    receive(brand.ctx, brand.variants["A"], brand.seoul, 10)
    place(brand.ctx, draft([("A", 4)]))
    plan = TransferDraft(brand.seoul, brand.berlin, (LineDraft(brand.variants["A"], 7),), FRIDAY)
    id = transfers.draft(brand.ctx, transfer=plan)
    assert incoming(brand) == []
    with pytest.raises(Refused, match="not_enough_stock") as refused:
        transfers.ship(brand.ctx, transfer_id=id)
    assert (refused.value.facts["sku"], refused.value.facts["available"], pool(brand, "A")) == ("A", 6, (10, 0, 0))

    assert transfers.ship(brand.ctx, transfer_id=id, units={brand.variants["A"]: 6}) == 6
    assert (pool(brand, "A"), incoming(brand)) == ((4, 0, 0), [("A", "berlin", 6, FRIDAY)])

    [ok, over] = transfers.receive(brand.ctx, transfer_id=id, arrived=[came("t-1", "A", 4), came("t-2", "A", 3)])
    assert (ok.problem, over.problem, over.over) == ("", "over", 1)
    assert (pool(brand, "A"), incoming(brand)) == ((8, 0, 0), [("A", "berlin", 2, FRIDAY)])
    assert [a.problem for a in transfers.receive(brand.ctx, transfer_id=id, arrived=[came("t-1", "A", 4)])] == [""]

    assert transfers.close_short(brand.ctx, transfer_id=id, reason="fell off the lorry") == 2
    row = reads.get_transfer(brand.ctx, transfer_id=id)
    assert (row.state, row.shipped, row.received, row.lost) == ("received", 6, 4, 2)
    assert (pool(brand, "A"), incoming(brand)) == ((8, 0, 0), [])
    told = db.column("SELECT kind || ' ' || on_hand FROM stock_movement WHERE reference = %s ORDER BY id", [f"transfer:{id}"])
    assert told == ["transfer -6", "transfer 4", "transfer 2", "write_off -2"]


def test_a_wrong_receipt_of_a_transfer_is_on_its_way_again(brand: Brand) -> None:
    receive(brand.ctx, brand.variants["A"], brand.seoul, 3)
    track(brand)
    lots.assign(brand.ctx, unit=Labelled(brand.variants["A"], brand.seoul, 3, "L1", FRIDAY))
    plan = TransferDraft(brand.seoul, brand.berlin, (LineDraft(brand.variants["A"], 3),))
    id = transfers.draft(brand.ctx, transfer=plan)
    transfers.ship(brand.ctx, transfer_id=id)
    transfers.receive(brand.ctx, transfer_id=id, arrived=[came("t-1", "A", 1), came("t-2", "A", 2)])
    assert (reads.get_transfer(brand.ctx, transfer_id=id).state, lying(brand)) == ("received", {"L1": 3})
    assert [transfers.take_back(brand.ctx, transfer_id=id, client_id="t-2") for _ in range(2)] == [True, False]
    assert (reads.get_transfer(brand.ctx, transfer_id=id).state, lying(brand)) == ("partially_received", {"L1": 1})
    assert (pool(brand, "A"), incoming(brand)) == ((1, 0, 0), [("A", "berlin", 2, None)])
    transfers.receive(brand.ctx, transfer_id=id, arrived=[came("t-3", "A", 2)])
    assert (reads.get_transfer(brand.ctx, transfer_id=id).state, lying(brand)) == ("received", {"L1": 3})


def test_only_a_draft_is_cancelled_or_changed(brand: Brand) -> None:
    receive(brand.ctx, brand.variants["A"], brand.seoul, 3)
    plan = TransferDraft(brand.seoul, brand.berlin, (LineDraft(brand.variants["A"], 2),))
    first, second = (transfers.draft(brand.ctx, transfer=plan) for _ in range(2))
    transfers.cancel(brand.ctx, transfer_id=first)
    transfers.change(brand.ctx, transfer_id=second, due_on=None, note="", lines=[LineDraft(brand.variants["A"], 3)])
    transfers.ship(brand.ctx, transfer_id=second)
    for verb in (transfers.cancel, transfers.ship):
        with pytest.raises(Refused, match="illegal_move"):
            verb(brand.ctx, transfer_id=second)  # type: ignore[operator]
    assert pool(brand, "A") == (0, 0, 0)


def track(brand: Brand, sku: str = "A", *, by_lot: bool = True, by_serial: bool = False) -> None:
    lots.set_tracking(brand.ctx, variant_id=brand.variants[sku], by_lot=by_lot, by_serial=by_serial)


def lying(brand: Brand, sku: str = "A") -> dict[str, int]:
    return {at.code: at.on_hand for at in lot_reads.lots_at(brand.ctx, variant_ids=[brand.variants[sku]])}


def test_tracked_units_are_received_with_their_lot_and_leave_first_expired_first(brand: Brand) -> None:
    track(brand)
    id = expected(brand, ("A", 6))
    early, late = date(2026, 12, 1), date(2027, 6, 1)
    assert arrive(
        brand, id, came("c-0", "A"), came("c-1", "A", 3, lot="L2", expires_on=late), came("c-2", "A", 3, lot="L1", expires_on=early)
    ) == ["needs_lot", "", ""]
    assert arrive(brand, id, came("c-3", "A", 1, lot="L1", expires_on=late, reason="x")) == ["lot_expiry_differs"]
    [order_id] = place(brand.ctx, draft([("A", 4)]))
    assert lying(brand) == {"L1": 3, "L2": 3}
    drain()
    [line] = orders.lines_of(brand.ctx, order_ids=[order_id])
    wants = [Want(line.id, line.variant_id, 4)]
    told = lot_reads.suggest(brand.ctx, location_id=brand.seoul, wants=wants)
    assert [(at.code, qty) for at, qty in told[line.id]] == [("L1", 3), ("L2", 1)]

    actions.ship(brand.ctx, units=wants, location_id=brand.seoul)
    assert lying(brand) == {"L2": 2}
    l1 = lot_reads.list_lots(brand.ctx, where=LotFilter("all", "L1"))[0]
    [went] = lot_reads.went_to(brand.ctx, lot_id=l1.id)
    assert (went.order_line_id, went.qty, went.assumed) == (line.id, 3, True)


def test_the_lot_that_a_picker_named_is_the_one_that_leaves(brand: Brand) -> None:
    track(brand)
    id = expected(brand, ("A", 6))
    arrive(brand, id, came("c-1", "A", 3, lot="L1", expires_on=FRIDAY), came("c-2", "A", 3, lot="L2"))
    [order_id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    [line] = orders.lines_of(brand.ctx, order_ids=[order_id])
    take = {"order_line_id": line.id, "location_id": brand.seoul, "variant_id": line.variant_id, "most": 2}
    lots.take(brand.ctx, code="l2", qty=2, **take)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="picked_enough"):
        lots.take(brand.ctx, code="L1", qty=1, **take)  # type: ignore[arg-type]
    actions.ship(brand.ctx, units=[Want(line.id, line.variant_id, 2)], location_id=brand.seoul)
    assert lying(brand) == {"L1": 3, "L2": 1}
    [went] = lot_reads.lots_of_lines(brand.ctx, order_line_ids=[line.id])
    assert (went.qty, went.assumed) == (2, False)


def test_a_lot_that_was_taken_for_a_cancelled_order_can_be_taken_for_another(brand: Brand) -> None:
    receive(brand.ctx, brand.variants["A"], brand.seoul, 2)
    track(brand)
    lots.assign(brand.ctx, unit=Labelled(brand.variants["A"], brand.seoul, 2, "L1"))
    first, second = place(brand.ctx, draft([("A", 1)]), draft([("A", 1)]))
    lines = [line.id for line in orders.lines_of(brand.ctx, order_ids=[first, second])]
    taken = {"location_id": brand.seoul, "variant_id": brand.variants["A"], "code": "L1", "most": 2}
    lots.take(brand.ctx, order_line_id=lines[0], qty=2, **taken)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="too_few_in_lot"):
        lots.take(brand.ctx, order_line_id=lines[1], qty=1, **taken)  # type: ignore[arg-type]
    actions.release(brand.ctx, references=[lines[0]], reason="order_cancelled")
    lots.take(brand.ctx, order_line_id=lines[1], qty=1, **taken)  # type: ignore[arg-type]
    assert [(p.code, p.qty) for p in lot_reads.picked_for(brand.ctx, order_line_ids=[lines[1]])] == [("L1", 1)]


def test_a_serial_number_is_one_unit_in_one_place(brand: Brand) -> None:
    track(brand, by_lot=False, by_serial=True)
    id = expected(brand, ("A", 3))
    found = [("c-1", 2, ("S1",)), ("c-2", 2, ("S1", "S2")), ("c-3", 1, ("S2",))]
    told = arrive(brand, id, *(came(client, "A", qty, serials=serials) for client, qty, serials in found))
    assert told == ["needs_serials", "", "serial_known"]
    plan = TransferDraft(brand.seoul, brand.berlin, (LineDraft(brand.variants["A"], 1),))
    moving = transfers.draft(brand.ctx, transfer=plan)
    transfers.ship(brand.ctx, transfer_id=moving)
    assert lying(brand) == {"S2": 1}
    transfers.receive(brand.ctx, transfer_id=moving, arrived=[came("t-1", "A")])
    assert lying(brand) == {"S1": 1, "S2": 1}


def test_units_without_a_lot_are_shown_and_assigned(brand: Brand) -> None:
    receive(brand.ctx, brand.variants["A"], brand.seoul, 5)
    track(brand)
    [without] = lot_reads.without_lot(brand.ctx, variant_ids=[brand.variants["A"]])
    assert (without.location_id, without.lot) == (brand.seoul, 5)
    unit = Labelled(brand.variants["A"], brand.seoul, 4, "L1", FRIDAY)
    lots.assign(brand.ctx, unit=unit)
    with pytest.raises(Refused, match="too_few_without_lot"):
        lots.assign(brand.ctx, unit=unit)
    with pytest.raises(Refused, match="still_lots"):
        track(brand, by_lot=False)
    actions.count(brand.ctx, counts=[Count(brand.variants["A"], brand.seoul, 3)], reference="count")
    assert lying(brand) == {"L1": 3}
    assert lot_reads.without_lot(brand.ctx, variant_ids=[brand.variants["A"]]) == []


def test_an_expired_lot_is_set_aside_and_written_off(brand: Brand) -> None:
    track(brand)
    id = expected(brand, ("A", 5))
    arrive(brand, id, came("c-1", "A", 5, lot="L1", expires_on=date(2026, 11, 1)))
    today = brand.ctx.now.date()
    assert lot_reads.count_expiring(brand.ctx, today=today) == {"expired": 1, "soon": 0}
    [row] = lot_reads.list_lots(brand.ctx, where=LotFilter("expired", today=today))
    here = {"lot_id": row.id, "location_id": brand.seoul}
    lots.set_aside(brand.ctx, qty=3, reason="expired", **here)
    assert pool(brand, "A") == (5, 0, 3)
    place(brand.ctx, draft([("A", 1)]))
    with pytest.raises(Refused, match="not_enough_stock"):
        lots.write_off(brand.ctx, qty=5, reason="expired", **here)
    lots.write_off(brand.ctx, qty=4, reason="expired", **here)
    assert (pool(brand, "A"), lying(brand)) == ((1, 0, 0), {"L1": 1})


def test_units_that_quality_control_lets_go_are_set_aside_no_longer(brand: Brand) -> None:
    track(brand)
    id = expected(brand, ("A", 2))
    arrive(brand, id, came("c-1", "A", 2, lot="L1", condition=Condition.QUALITY_CONTROL))
    back = [Change(brand.variants["A"], brand.seoul, quality_control=-1)]
    actions.change(brand.ctx, changes=back, kind=MovementKind.ADJUSTMENT, reason="fine", reference="test")
    [at] = lot_reads.lots_at(brand.ctx, variant_ids=[brand.variants["A"]])
    assert (at.on_hand, at.set_aside) == (2, 1)
    actions.change(
        brand.ctx, changes=[Change(brand.variants["A"], brand.seoul, on_hand=-1, quality_control=-1)],
        kind=MovementKind.WRITE_OFF, reason="broken", reference="test",
    )  # fmt: skip
    [at] = lot_reads.lots_at(brand.ctx, variant_ids=[brand.variants["A"]])
    assert (at.on_hand, at.set_aside) == (1, 0)
