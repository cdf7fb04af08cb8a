"""An order changes before it is picked: stock, money and route follow at once, or nothing moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import cancel, edit_order
from doorstep.flows.edit_order import Added, Edit
from doorstep.fulfilment import queries as floor
from doorstep.fulfilment import scanning
from doorstep.orders import actions as orders
from doorstep.orders import queries, rules
from doorstep.orders.actions import HoldWish
from doorstep.orders.changes import Sums
from doorstep.orders.values import Address, HoldReason, LineRow, OrderDetail, PaymentState
from doorstep.shipping import queries as parcels
from doorstep.stock import queries as stock
from doorstep.worker.dispatch import drain
from tests.factories import NOW, Brand, draft, make_brand, packed, picked, place, receive, together


@pytest.fixture
def brand(db: None) -> Brand:
    return make_brand()


def sound() -> None:
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def order(brand: Brand, id: int) -> OrderDetail:
    return queries.get(brand.ctx, id=id)


def lines(detail: OrderDetail) -> dict[str, int]:
    return {line.sku: line.qty for line in detail.lines}


def line_id(detail: OrderDetail, sku: str) -> int:
    return next(line.id for line in detail.lines if line.sku == sku)


def committed(brand: Brand) -> dict[str, int]:
    pool = stock.pool_of(brand.ctx, variant_ids=list(brand.variants.values()))
    return {sku: pool[id].committed for sku, id in brand.variants.items()}


def edit(brand: Brand, id: int, *, qty: Mapping[str, int] | None = None, **more: Any) -> edit_order.Effects:
    detail = order(brand, id)
    by_line = {line_id(detail, sku): n for sku, n in (qty or {}).items()}
    return edit_order.apply(brand.ctx, order_id=id, version=detail.version, edit=Edit(qty=by_line, **more))


def tasks(brand: Brand, id: int) -> dict[str, int]:
    parts = [f.id for f in queries.fulfilment_orders_of(brand.ctx, order_ids=[id])]
    return {t.sku: t.qty for t in floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=parts)}


def test_units_come_and_go_and_the_pick_list_follows(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 3), ("B", 1)]))
    drain()
    assert tasks(brand, id) == {"A": 3, "B": 1}

    effects = edit(brand, id, qty={"A": 1, "B": 0}, added=(Added("C", 2, 500),))

    detail = order(brand, id)
    assert lines(detail) == {"A": 1, "C": 2}
    assert (effects.promised, effects.released, effects.short) == (
        {brand.variants["C"]: 2}, {brand.variants["A"]: 2, brand.variants["B"]: 1}, {},
    )  # fmt: skip
    assert (effects.before.order.total_minor, effects.after.order.total_minor) == (4000, 2000)
    assert (effects.difference_minor, effects.follows) == (-2000, "give_back")
    assert committed(brand) == {"A": 1, "B": 0, "C": 2}
    assert (detail.order.units, detail.version) == (3, 2)
    sound()
    drain()
    assert tasks(brand, id) == {"A": 1, "C": 2}
    assert [f.location_id for f in detail.fulfilment_orders] == [brand.berlin]
    sound()


def test_a_preview_says_what_would_happen_and_moves_nothing(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 3)]))
    drain()
    before, version = order(brand, id), order(brand, id).version
    wish = Edit(qty={line_id(before, "A"): 5}, added=(Added("B", 99, 100),))

    effects = edit_order.preview(brand.ctx, order_id=id, version=version, edit=wish)

    assert (effects.promised, effects.short) == ({brand.variants["A"]: 2}, {brand.variants["B"]: 99})
    assert effects.difference_minor == 2 * 1000 + 99 * 100
    assert order(brand, id) == before
    assert tasks(brand, id) == {"A": 3}
    assert committed(brand) == {"A": 3, "B": 0, "C": 0}
    assert edit_order.apply(brand.ctx, order_id=id, version=version, edit=wish).difference_minor == 11_900


def test_what_there_is_none_of_waits_in_a_part_of_its_own_and_the_rest_goes_on(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 1)]))
    drain()
    edit(brand, id, added=(Added("B", 21, 100),))
    drain()

    parts = {f.state for f in order(brand, id).fulfilment_orders}
    assert parts == {"open", "on_hold"}
    assert tasks(brand, id) == {"A": 1}
    sound()

    receive(brand.ctx, brand.variants["B"], brand.berlin, 15)
    drain()
    assert tasks(brand, id) == {"A": 1, "B": 21}
    sound()


def test_fewer_units_free_a_part_that_waited(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 50)]))
    drain()
    assert order(brand, id).order.on_hold
    edit(brand, id, qty={"A": 4})
    drain()
    detail = order(brand, id)
    assert (detail.order.on_hold, tasks(brand, id)) == (False, {"A": 4})
    sound()


def test_units_given_back_serve_who_waits(brand: Brand) -> None:
    [first] = place(brand.ctx, draft([("A", 10)]))
    [second] = place(brand.ctx, draft([("A", 12)]))
    drain()
    assert order(brand, second).order.on_hold
    edit(brand, first, qty={"A": 8})
    drain()
    assert not order(brand, second).order.on_hold
    sound()


def test_another_country_is_routed_anew_and_another_street_is_not(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 1)], country="DE"))
    drain()
    was = order(brand, id)
    street = Address(name="이서연", lines=("Hauptstr. 2",), city="Berlin", country="DE", postal_code="10117")
    effects = edit_order.change_address(brand.ctx, order_id=id, version=was.version, ship_to=street)
    assert (effects.rerouted, effects.difference_minor, effects.follows) == (False, 0, "nothing")
    assert order(brand, id).fulfilment_orders == was.fulfilment_orders
    assert order(brand, id).ship_to["lines"] == ["Hauptstr. 2"]
    assert [o.id for o in queries.list_orders(brand.ctx, where=queries.OrderFilter(text="이서연"))] == [id]

    seoul = Address(name="이서연", lines=("세종대로 1",), city="Seoul", country="KR", postal_code="04524")
    edit_order.change_address(brand.ctx, order_id=id, version=order(brand, id).version, ship_to=seoul)
    assert [f.location_id for f in order(brand, id).fulfilment_orders] == [brand.seoul]
    drain()
    assert tasks(brand, id) == {"A": 1}
    sound()


@pytest.mark.parametrize("how", ["picked", "packed", "cancelled", "version", "nothing", "other line", "unknown sku"])
def test_what_cannot_be_is_refused_and_nothing_moves(brand: Brand, how: str) -> None:
    ctx = brand.ctx
    wish: dict[str, Any] = {"added": (Added("B", 1, 100),)}
    version = 1
    if how == "picked":
        [part] = picked(ctx, draft([("A", 2)]))
        id = queries.fulfilment_orders_by_id(ctx, ids=[part])[part].order_id
    elif how == "packed":
        [parcel] = packed(ctx, draft([("A", 2)]))
        id = parcels.parcels_by_id(ctx, ids=[parcel])[parcel].order_id
    else:
        [id] = place(ctx, draft([("A", 2)]))
    if how == "cancelled":
        cancel.cancel(ctx, order_id=id, reason="customer")
        version = 2
    elif how == "version":
        version = 7
    elif how == "nothing":
        wish = {"qty": {line_id(order(brand, id), "A"): 0}}
    elif how == "other line":
        wish = {"qty": {987654: 1}}
    elif how == "unknown sku":
        wish = {"added": (Added("NOPE", 1, 100),)}
    before, held = order(brand, id), committed(brand)
    with pytest.raises(Refused) as refused:
        edit_order.apply(ctx, order_id=id, version=version, edit=Edit(**wish))
    assert refused.value.code == {
        "picked": "already_picked", "packed": "already_picked", "cancelled": "already_cancelled",
        "version": "changed_meanwhile", "nothing": "nothing_left", "other line": "no_such_units", "unknown sku": "invalid",
    }[how]  # fmt: skip
    assert (order(brand, id), committed(brand)) == (before, held)
    sound()


def test_an_edit_that_changes_nothing_leaves_no_trace(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 2)]))
    before = order(brand, id)
    assert edit(brand, id, qty={"A": 2}, discount_minor=0).follows == "nothing"
    assert order(brand, id) == before


def test_a_held_order_can_be_edited_and_stays_held(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 2)]))
    drain()
    [part] = queries.fulfilment_orders_of(brand.ctx, order_ids=[id])
    orders.hold(brand.ctx, wishes=[HoldWish(part.id, HoldReason.OPERATOR)])
    drain()
    edit(brand, id, qty={"A": 1}, added=(Added("B", 1, 100),))
    drain()
    assert (order(brand, id).order.on_hold, tasks(brand, id)) == (True, {})
    sound()
    orders.release_hold(brand.ctx, fulfilment_order_ids=[part.id], reason=HoldReason.OPERATOR)
    drain()
    assert tasks(brand, id) == {"A": 1, "B": 1}
    sound()


def test_the_shop_may_tell_the_order_again_as_it_was(brand: Brand) -> None:
    from doorstep.flows import intake
    from doorstep.orders.placing import Duplicate

    told = draft([("A", 2)], external_id="same")
    [id] = place(brand.ctx, told)
    edit(brand, id, qty={"A": 1})
    assert intake.accept(brand.ctx, [told]) == [Duplicate(id)]


def test_an_order_awaiting_payment_just_costs_something_else(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 2)], payment_state=PaymentState.PENDING))
    assert edit(brand, id, qty={"A": 1}).follows == "awaited"


def test_the_discount_never_exceeds_the_lines(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 2)], discount_minor=1500))
    edit(brand, id, qty={"A": 1})
    detail = order(brand, id)
    assert (detail.subtotal_minor, detail.discount_minor, detail.order.total_minor) == (1000, 1000, 0)
    edit(brand, id, discount_minor=250)
    assert order(brand, id).order.total_minor == 750
    sound()


def test_units_move_to_another_warehouse_by_hand(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 3), ("B", 1)]))
    drain()
    detail = order(brand, id)
    [part] = detail.fulfilment_orders
    moved = edit_order.split(
        brand.ctx, order_id=id, version=detail.version, fulfilment_order_id=part.id,
        units={line_id(detail, "A"): 2}, location_id=brand.seoul,
    )  # fmt: skip
    drain()
    assert {f.id: f.location_id for f in order(brand, id).fulfilment_orders} == {part.id: brand.berlin, moved: brand.seoul}
    assert {t.sku: t.qty for t in floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=[part.id])} == {"A": 1, "B": 1}
    assert {t.sku: t.qty for t in floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=[moved])} == {"A": 2}
    sound()

    edit(brand, id, qty={"A": 1})
    drain()
    sound()


def test_a_split_where_there_is_no_stock_or_that_was_picked_is_refused(brand: Brand) -> None:
    [id] = place(brand.ctx, draft([("A", 1)]))
    place(brand.ctx, draft([("A", 10)], country="KR"))
    drain()
    detail = order(brand, id)
    [part] = detail.fulfilment_orders
    units = {line_id(detail, "A"): 1}
    for to, units_, code in ((brand.seoul, units, "not_enough_stock"), (brand.berlin, units, "invalid"),
                             (brand.seoul, {}, "no_such_units")):  # fmt: skip
        with pytest.raises(Refused) as refused:
            edit_order.split(
                brand.ctx, order_id=id, version=1, fulfilment_order_id=part.id, units=units_, location_id=to
            )
        assert refused.value.code == code
    assert order(brand, id) == detail
    sound()


@pytest.mark.django_db(transaction=True)
def test_two_edits_at_the_same_moment_are_one() -> None:
    brand = make_brand()
    [id] = place(brand.ctx, draft([("A", 2), ("B", 2)]))
    drain()
    a, b = line_id(order(brand, id), "A"), line_id(order(brand, id), "B")
    answers = together(
        lambda: edit_order.apply(brand.ctx, order_id=id, version=1, edit=Edit(qty={a: 1})),
        lambda: edit_order.apply(brand.ctx, order_id=id, version=1, edit=Edit(qty={b: 1})),
    )
    assert sorted(getattr(x, "code", "done") for x in answers) == ["changed_meanwhile", "done"]
    drain()
    sound()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_a_picker_who_scans_in_the_same_moment_and_an_edit_never_both_win(turn: int) -> None:
    brand = make_brand()
    [id] = place(brand.ctx, draft([("A", 1)]))
    drain()
    parts = [f.id for f in queries.fulfilment_orders_of(brand.ctx, order_ids=[id])]
    [task] = floor.tasks_of_orders(brand.ctx, fulfilment_order_ids=parts)
    edited, scanned = together(
        lambda: edit(brand, id, qty={"A": 3}),
        lambda: scanning.scan(
            brand.ctx, pick_list_id=task.pick_list_id, client_id=f"race-{turn}", code="A", typed=False, at=NOW
        ),
    )
    if isinstance(edited, Refused):
        assert (edited.code, getattr(scanned, "problem", None)) == ("already_picked", "")
    else:
        assert isinstance(edited, edit_order.Effects), edited
        assert getattr(scanned, "problem", None) != ""
    drain()
    sound()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_edits_of_different_orders_meet_no_deadlock(turn: int) -> None:
    brand = make_brand(stock_each=30)
    ids = place(brand.ctx, draft([("A", 2), ("B", 2), ("C", 1)]), draft([("C", 2), ("B", 2), ("A", 1)]))
    drain()
    answers = together(
        lambda: edit(brand, ids[0], qty={"A": 1}, added=(Added("C", 1, 1),)),
        lambda: edit(brand, ids[1], qty={"C": 1}, added=(Added("A", 1, 1),)),
        drain,
    )
    assert [a for a in answers if isinstance(a, Exception)] == []
    drain()
    sound()


SUMS = Sums(subtotal_minor=10_000, discount_minor=0, shipping_minor=0, tax_minor=1597, taxes_included=True)


@pytest.mark.parametrize(
    ("subtotal", "discount", "tax"), [(10_000, 0, 1597), (5000, 0, 799), (20_000, 0, 3194), (0, 0, 0), (5000, 2500, 399)]
)
def test_tax_keeps_the_orders_own_ratio(subtotal: int, discount: int, tax: int) -> None:
    now = rules.reprice(SUMS, subtotal_minor=subtotal, discount_minor=discount)
    assert (now.tax_minor, now.total_minor) == (tax, subtotal - discount)


def test_tax_on_top_is_added_and_shipping_counts_as_sold() -> None:
    was = Sums(subtotal_minor=9000, discount_minor=0, shipping_minor=1000, tax_minor=1000, taxes_included=False)
    now = rules.reprice(was, subtotal_minor=4000, discount_minor=0)
    assert (now.tax_minor, now.total_minor) == (500, 5500)


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(1, 10**6))
@settings(max_examples=200, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
def test_a_share_is_the_nearest_whole_and_a_half_goes_up(amount: int, part: int, whole: int) -> None:
    got = rules.share(amount, part, whole)
    assert -whole < 2 * (got * whole - amount * part) <= whole


@given(st.integers(1, 1000), st.integers(0, 10**6), st.integers(0, 2000))
def test_a_lines_discount_stays_within_its_price(qty: int, price: int, now: int) -> None:
    discount = qty * price // 3
    line = LineRow(1, 1, 1, 1, "A", "", qty, price, discount, qty * price - discount)
    assert 0 <= rules.line_discount(line, now) <= now * price
