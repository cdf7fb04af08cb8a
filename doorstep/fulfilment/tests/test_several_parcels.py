"""Several parcels of one fulfilment order: no unit in two, none forgotten, stock and order right after each."""

from __future__ import annotations

import pytest

from doorstep.base import db, outbox
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, ship, short_pick
from doorstep.fulfilment import actions, queries, scanning
from doorstep.fulfilment.values import Closing
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason
from doorstep.shipping import actions as shipping
from doorstep.shipping import packing
from doorstep.shipping import queries as parcels
from doorstep.shipping.port import Bought, Scan
from doorstep.shipping.values import TrackingStatus
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop
from tests.audit import assert_all_holds
from tests.factories import NOW, Brand, draft, make_brand, picked, place, together

pytestmark = pytest.mark.django_db


def lines_of(brand: Brand, part: int) -> dict[str, int]:
    return {line.sku: line.order_line_id for line in order_queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part])}


def some(brand: Brand, part: int, wish: str = "", **units: int) -> Closing:
    ids = lines_of(brand, part)
    return Closing(units={ids[sku]: qty for sku, qty in units.items()}, wish=wish)


def closed(brand: Brand, part: int, wish: str = "", **units: int) -> int:
    made = actions.pack(brand.ctx, fulfilment_order_id=part, closing=some(brand, part, wish, **units))
    assert made is not None
    return made


def labelled(brand: Brand, *parcel_ids: int) -> None:
    """Their labels are bought, as if a carrier had answered."""
    carriers = parcels.list_carriers(brand.ctx)
    carrier = carriers[0].id if carriers else shipping.connect_carrier(
        brand.ctx, code="x", name="X", provider="sandbox_carrier", settings={"url": "http://127.0.0.1:9", "token": "t"}
    )  # fmt: skip
    for label in shipping.want_label(brand.ctx, parcel_ids=parcel_ids, carrier_id=carrier):
        assert shipping.begin(brand.ctx, label_id=label, service="std")
        answer = Bought(f"v{label}", f"T{label}", "", "std", Money(500, "EUR"))
        assert shipping.settle_label(brand.ctx, label_id=label, answer=answer)


def delivered(brand: Brand, parcel_id: int) -> None:
    number = parcels.get_parcel(brand.ctx, parcel_id=parcel_id).tracking_number
    scan = Scan(f"d{parcel_id}", number, TrackingStatus.DELIVERED, "91", "", "", NOW)
    shipping.record_scans(brand.ctx, parcel_id=parcel_id, scans=[scan])


def on_hand(brand: Brand, sku: str) -> tuple[int, int]:
    level = {row.location_id: row for row in stock.levels_of(brand.ctx, variant_ids=[brand.variants[sku]])}[brand.berlin]
    return level.on_hand, level.committed


def state_of(brand: Brand, part: int) -> tuple[str, str]:
    row = order_queries.fulfilment_orders_by_id(brand.ctx, ids=[part])[part]
    return row.state, order_queries.orders_by_id(brand.ctx, ids=[row.order_id])[row.order_id].fulfilment_state


def test_two_of_three_shipped_is_partially_shipped_vendure_2191() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 3)]))
    first = closed(brand, part, A=2)
    assert [(r["fulfilment_order_id"], r["units"]) for r in queries.find_to_pack(brand.ctx)] == [(part, 1)]
    labelled(brand, first)
    assert ship.hand_over(brand.ctx, parcel_ids=[first]) == [first]
    assert state_of(brand, part) == ("in_progress", "partially_fulfilled")
    assert on_hand(brand, "A") == (8, 1)
    assert_all_holds()
    second = closed(brand, part, A=1)
    assert queries.find_to_pack(brand.ctx) == []
    labelled(brand, second)
    assert ship.hand_over(brand.ctx, parcel_ids=[first, second]) == [second]
    assert state_of(brand, part) == ("closed", "fulfilled")
    assert on_hand(brand, "A") == (7, 0)
    assert_all_holds()


def test_an_order_is_delivered_with_its_last_parcel() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 1), ("B", 1)]))
    first, second = closed(brand, part, A=1), closed(brand, part, B=1)
    labelled(brand, first, second)
    ship.hand_over(brand.ctx, parcel_ids=[first])
    delivered(brand, first)
    drain()
    assert state_of(brand, part) == ("in_progress", "partially_fulfilled")
    ship.hand_over(brand.ctx, parcel_ids=[second])
    drain()
    assert state_of(brand, part) == ("closed", "fulfilled")
    delivered(brand, second)
    drain()
    assert state_of(brand, part) == ("closed", "delivered")
    order_id = parcels.get_parcel(brand.ctx, parcel_id=first).order_id
    assert {line: d.qty for line, d in parcels.delivered_of(brand.ctx, order_ids=[order_id]).items()} == dict.fromkeys(
        lines_of(brand, part).values(), 1
    )
    told = [e.type for e in outbox.timeline(brand.ctx, of=[f"order:{order_id}"])]
    assert (told.count("order.fulfilled"), told.count("order.delivered"), told.count("parcel.handed_over")) == (1, 1, 2)
    assert_all_holds()


def test_no_unit_lies_in_two_parcels() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 2), ("B", 1)]))
    closed(brand, part, A=2)
    with pytest.raises(Refused) as refused:
        actions.pack(brand.ctx, fulfilment_order_id=part, closing=some(brand, part, A=1, B=1))
    assert (refused.value.code, refused.value.facts["left"]) == ("too_much_packed", 0)
    assert [(row.left, row.qty) for row in packing.left_to_pack(brand.ctx, fulfilment_order_ids=[part])] == [(0, 2), (1, 1)]
    with pytest.raises(Refused, match="not_found"):
        actions.pack(brand.ctx, fulfilment_order_id=part, closing=Closing(units={0: 1}))
    for units in ({}, {lines_of(brand, part)["B"]: 0}, {lines_of(brand, part)["B"]: -1}):
        with pytest.raises(Refused, match="invalid"):
            actions.pack(brand.ctx, fulfilment_order_id=part, closing=Closing(units=units))
    assert db.scalar("SELECT count(*) FROM shipping_parcel") == 1
    assert_all_holds()


def test_one_closing_told_twice_makes_one_parcel() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 4)]))
    assert closed(brand, part, "w1", A=2)
    assert actions.pack(brand.ctx, fulfilment_order_id=part, closing=some(brand, part, "w1", A=2)) is None
    assert closed(brand, part, "w2", A=2)
    assert actions.pack(brand.ctx, fulfilment_order_id=part) is None
    assert [p.weight_g for p in parcels.live_parcels_of(brand.ctx, fulfilment_order_ids=[part])[part]] == [100, 100]


@pytest.mark.django_db(transaction=True)
def test_four_packers_at_once_put_no_unit_into_two_boxes() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 3)]))
    chosen = some(brand, part, A=2)
    answers = together(*[lambda: actions.pack(brand.ctx, fulfilment_order_id=part, closing=chosen)] * 4)
    assert sorted(type(a).__name__ for a in answers) == ["Refused", "Refused", "Refused", "int"]
    assert_all_holds()


@pytest.mark.django_db(transaction=True)
def test_two_parcels_that_leave_at_once_close_their_order_once() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 3)]))
    both = [closed(brand, part, A=2), closed(brand, part, A=1)]
    labelled(brand, *both)
    answers = together(*[lambda id=id: ship.hand_over(brand.ctx, parcel_ids=[id]) for id in both])  # type: ignore[misc]
    assert sorted(answers) == [[id] for id in both]  # type: ignore[type-var]
    assert state_of(brand, part) == ("closed", "fulfilled")
    assert on_hand(brand, "A") == (7, 0)
    assert_all_holds()


def test_a_box_is_opened_again_and_packed_otherwise() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 2), ("B", 1)]))
    first, second = closed(brand, part, A=2), closed(brand, part, B=1)
    labelled(brand, first)
    assert actions.unpack(brand.ctx, parcel_id=first)
    assert not actions.unpack(brand.ctx, parcel_id=first)
    assert parcels.get_parcel(brand.ctx, parcel_id=first).state == "cancelled"
    assert parcels.labels_of(brand.ctx, parcel_ids=[first])[0].void_wanted_at is not None
    third = closed(brand, part, A=1)
    fourth = closed(brand, part, A=1)
    numbers = packing.numbers_of(brand.ctx, fulfilment_order_ids=[part])
    assert {id: (n.number, n.of) for id, n in numbers.items()} == {second: (1, 3), third: (2, 3), fourth: (3, 3)}
    labelled(brand, second)
    ship.hand_over(brand.ctx, parcel_ids=[second])
    with pytest.raises(Refused, match="parcel_gone"):
        actions.unpack(brand.ctx, parcel_id=second)
    assert_all_holds()


def test_which_of_how_many_a_parcel_is() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 3)]))
    ids = lines_of(brand, part)
    first = actions.pack(brand.ctx, fulfilment_order_id=part, closing=Closing(units={ids["A"]: 1}, planned=3)) or 0
    assert packing.numbers_of(brand.ctx, fulfilment_order_ids=[part])[first].of == 3
    second = closed(brand, part, A=1)
    third = closed(brand, part, A=1)
    numbers = packing.numbers_of(brand.ctx, fulfilment_order_ids=[part])
    assert [(numbers[id].number, numbers[id].of) for id in (first, second, third)] == [(1, 3), (2, 3), (3, 3)]


def test_a_hold_between_two_parcels_keeps_the_second_here() -> None:
    """ShipHero: a hold placed during picking does not stop the shipment."""
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 2)]))
    first, second = closed(brand, part, A=1), closed(brand, part, A=1)
    labelled(brand, first, second)
    ship.hand_over(brand.ctx, parcel_ids=[first])
    orders.hold(brand.ctx, wishes=[HoldWish(part, HoldReason.OPERATOR)])
    with pytest.raises(Refused, match="on_hold"):
        ship.hand_over(brand.ctx, parcel_ids=[second])
    assert on_hand(brand, "A") == (9, 1)
    orders.release_hold(brand.ctx, fulfilment_order_ids=[part], reason=HoldReason.OPERATOR)
    ship.hand_over(brand.ctx, parcel_ids=[second])
    assert state_of(brand, part) == ("closed", "fulfilled")
    assert_all_holds()


def test_what_left_in_part_is_not_cancelled_and_what_did_not_is_with_all_its_parcels() -> None:
    brand = make_brand()
    [gone, whole] = picked(brand.ctx, draft([("A", 2)]), draft([("B", 2)]))
    first = closed(brand, gone, A=1)
    boxes = [closed(brand, whole, B=1), closed(brand, whole, B=1)]
    labelled(brand, first, *boxes)
    ship.hand_over(brand.ctx, parcel_ids=[first])
    rows = order_queries.fulfilment_orders_by_id(brand.ctx, ids=[gone, whole])
    with pytest.raises(Refused, match="already_shipped"):
        cancel.cancel(brand.ctx, order_id=rows[gone].order_id, reason="changed their mind")
    cancel.cancel(brand.ctx, order_id=rows[whole].order_id, reason="changed their mind")
    drain()
    assert [p.state for p in parcels.parcels_of(brand.ctx, order_ids=[rows[whole].order_id])] == ["cancelled", "cancelled"]
    assert on_hand(brand, "B") == (10, 0)
    assert_all_holds()


def test_a_scan_of_a_packed_unit_is_not_undone() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 2)]))
    [task] = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])
    closed(brand, part, A=1)
    parcel = closed(brand, part, A=1)
    assert scanning.undo(brand.ctx, pick_list_id=task.pick_list_id) is None
    actions.unpack(brand.ctx, parcel_id=parcel)
    assert scanning.undo(brand.ctx, pick_list_id=task.pick_list_id) is not None
    assert scanning.undo(brand.ctx, pick_list_id=task.pick_list_id) is None
    assert_all_holds()


def test_what_breaks_on_the_table_after_a_parcel_left_goes_on_from_elsewhere() -> None:
    """No dead end: the first box is gone, the last unit fell off the table."""
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 3)]))
    [task] = queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part])
    first = closed(brand, part, A=2)
    labelled(brand, first)
    ship.hand_over(brand.ctx, parcel_ids=[first])
    assert scanning.undo(brand.ctx, pick_list_id=task.pick_list_id) is not None
    assert_all_holds()
    told = short_pick.report(
        brand.ctx, pick_list_id=task.pick_list_id, task_id=task.id, client_id="short-00001", found=2, at=NOW
    )
    assert (told.problem, told.missing) == ("", 1)
    drain()
    order_id = parcels.get_parcel(brand.ctx, parcel_id=first).order_id
    rows = order_queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id])
    assert [(row.state, row.location_id) for row in rows] == [("closed", brand.berlin), ("open", brand.seoul)]
    assert state_of(brand, part)[1] == "partially_fulfilled"
    assert_all_holds()


def test_shops_are_told_of_each_parcel_with_what_lies_in_it() -> None:
    brand = make_brand()
    connection = connect_shop(brand)
    [part] = picked(brand.ctx, draft([("A", 3)], connection_id=connection.id))
    first, second = closed(brand, part, A=2), closed(brand, part, A=1)
    labelled(brand, first, second)
    ship.hand_over(brand.ctx, parcel_ids=[first])
    drain()
    ship.hand_over(brand.ctx, parcel_ids=[second])
    drain()
    told = db.dicts("SELECT subject, arguments FROM channels_notice WHERE verb = 'shipped' ORDER BY id")
    assert [(line["subject"], line["arguments"]["lines"]) for line in told] == [
        (f"parcel:{first}", [["A", 2]]), (f"parcel:{second}", [["A", 1]]),
    ]  # fmt: skip


def test_units_away_from_the_shelf_are_those_that_have_not_left() -> None:
    brand = make_brand()
    [part] = picked(brand.ctx, draft([("A", 3)]))
    assert queries.away_from_shelf(brand.ctx, location_id=brand.berlin, at={brand.variants["A"]: NOW}) == {brand.variants["A"]: 3}
    first = closed(brand, part, A=2)
    labelled(brand, first)
    ship.hand_over(brand.ctx, parcel_ids=[first])
    assert queries.away_from_shelf(brand.ctx, location_id=brand.berlin, at={brand.variants["A"]: NOW}) == {brand.variants["A"]: 1}


def test_the_same_article_twice_in_one_order_and_in_two_places_ships_what_each_parcel_holds() -> None:
    """The promise of one line may stand in several rows; of them no more is taken than lies in the parcel."""
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 15)]))
    drain()
    parts = {p.location_id: p.id for p in order_queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id])}
    for task in queries.tasks_of_orders(brand.ctx, fulfilment_order_ids=list(parts.values())):
        for n in range(task.qty):
            client = f"{task.id}-{n}"
            scanning.scan(brand.ctx, pick_list_id=task.pick_list_id, client_id=client, code="A", typed=False, at=NOW)
    berlin = parts[brand.berlin]
    boxes = [closed(brand, berlin, A=4), closed(brand, berlin, A=6), closed(brand, parts[brand.seoul], A=5)]
    labelled(brand, *boxes)
    ship.hand_over(brand.ctx, parcel_ids=boxes[:1])
    assert on_hand(brand, "A") == (6, 6)
    assert_all_holds()
    ship.hand_over(brand.ctx, parcel_ids=boxes[1:])
    assert state_of(brand, berlin) == ("closed", "fulfilled")
    assert_all_holds()
