"""Orders for what is not here: sold with a promise, served in their turn, told when it will be later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from doorstep.base import db, outbox
from doorstep.base.refusals import Refused
from doorstep.flows import cancel, compose, edit_order, intake, promises, split_waiting, waiting
from doorstep.flows.compose import Contained
from doorstep.flows.edit_order import Edit
from doorstep.orders import promised, queries
from doorstep.orders.placing import Accepted
from doorstep.orders.queries import OrderFilter
from doorstep.stock import backorders, carts, deliveries, history, promising, safety
from doorstep.stock import queries as stock
from doorstep.stock.history import PastReturn
from doorstep.stock.inbound.values import Arrived, Condition
from doorstep.stock.values import AtpDay, CartWant, Keep, SellingRow, Short, Wait, Want
from doorstep.worker import forgetting, upkeep
from doorstep.worker.dispatch import drain
from tests.audit import assert_all_holds
from tests.coming import due
from tests.factories import NOW, Brand, draft, make_brand, make_variants, place, receive
from tests.inbound import deliver

pytestmark = pytest.mark.django_db
DAY1, DAY2 = date(2026, 12, 1), date(2026, 12, 8)


def sells(brand: Brand, sku: str, kind: str, *, on: date | None = None, most: int | None = None) -> None:
    promising.set_selling(brand.ctx, rule=SellingRow(brand.variants[sku], kind, on, most))


def told(brand: Brand, *lines: tuple[str, int], **more: object) -> Accepted:
    [answer] = intake.accept(brand.ctx, [draft(lines, **more)])
    assert isinstance(answer, Accepted)
    return answer


def held(brand: Brand, view: str = "held") -> list[int]:
    return sorted(queries.list_ids(brand.ctx, where=OrderFilter(view=view)))


def waits(brand: Brand, sku: str) -> int:
    variant = brand.variants[sku]
    return stock.pool_of(brand.ctx, variant_ids=[variant])[variant].waiting


def test_a_backorder_is_promised_for_the_day_on_which_enough_is_due() -> None:
    brand = make_brand(stock_each=0)
    sells(brand, "A", "backorder")
    due(brand, ("A", 3, DAY1), ("A", 10, DAY2))
    small, large, more = (told(brand, ("A", n)) for n in (2, 5, 1))
    assert [(a.waits, a.promised_on) for a in (small, large, more)] == [
        ("backorder", DAY1), ("backorder", DAY2), ("backorder", DAY1)
    ]  # fmt: skip
    assert promising.atp_of(brand.ctx, variant_id=brand.variants["A"]) == [
        AtpDay(NOW.date(), 0, 0, 0), AtpDay(DAY1, 3, 3, 0), AtpDay(DAY2, 13, 8, 5)
    ]  # fmt: skip
    assert waits(brand, "A") == 8
    assert_all_holds()


def test_a_preorder_is_promised_for_the_day_on_which_it_is_out() -> None:
    brand = make_brand(stock_each=0)
    sells(brand, "A", "preorder", on=DAY2)
    answer = told(brand, ("A", 1))
    assert (answer.waits, answer.promised_on) == ("preorder", DAY2)


def test_no_more_are_sold_than_the_rule_allows_and_what_is_short_without_one_is_told_apart() -> None:
    brand = make_brand(stock_each=0)
    sells(brand, "A", "backorder", most=3)
    first, too_many, last, other = (told(brand, line) for line in (("A", 2), ("A", 2), ("A", 1), ("B", 1)))
    assert [a.waits for a in (first, too_many, last, other)] == ["backorder", "short", "backorder", "short"]
    assert held(brand, "backordered") == [first.order_id, last.order_id]
    assert held(brand, "short") == [too_many.order_id, other.order_id]
    assert held(brand) == sorted(a.order_id for a in (first, too_many, last, other))
    assert_all_holds()


def test_an_order_waits_whole_and_what_of_it_is_here_stays_in_the_pool() -> None:
    brand = make_brand(stock_each=1)
    sells(brand, "B", "backorder")
    answer = told(brand, ("A", 1), ("B", 5))
    assert answer.short_of == ("B",)
    assert [(row.variant_id, row.qty) for row in _rows(brand, answer.order_id)] == [(brand.variants["B"], 5)]
    assert stock.pool_of(brand.ctx, variant_ids=[brand.variants["A"]])[brand.variants["A"]].available == 2


def _parts(brand: Brand, order_id: int) -> list[int]:
    return [part.id for part in queries.fulfilment_orders_of(brand.ctx, order_ids=[order_id])]


def _rows(brand: Brand, order_id: int) -> list[backorders.BackorderRow]:
    return backorders.rows_of(brand.ctx, group_ids=_parts(brand, order_id))


def test_who_has_priority_is_served_first_then_who_ordered_first_and_who_cannot_be_served_whole_is_passed_over() -> None:
    brand = make_brand(stock_each=0)
    late, large, early, urgent = place(
        brand.ctx,
        replace(draft([("A", 1)]), placed_at=NOW),
        replace(draft([("A", 4)]), placed_at=NOW - timedelta(days=3)),
        replace(draft([("A", 1)]), placed_at=NOW - timedelta(days=2)),
        replace(draft([("A", 1)]), placed_at=NOW - timedelta(minutes=1)),
    )
    waiting.prioritise(brand.ctx, order_id=urgent, version=1, priority=1)
    for left in ([late, large, early], [late, large], [large]):
        receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
        drain()
        assert held(brand) == sorted(left)
    receive(brand.ctx, brand.variants["A"], brand.berlin, 4)
    drain()
    assert held(brand) == []
    assert_all_holds()


def test_what_turns_out_short_of_something_else_waits_for_that_too() -> None:
    brand = make_brand(stock_each=1)
    [both] = place(brand.ctx, draft([("A", 2), ("B", 5)]))
    place(brand.ctx, draft([("A", 1)]))
    receive(brand.ctx, brand.variants["B"], brand.berlin, 5)
    drain()
    assert held(brand) == [both]
    assert {(row.variant_id, row.qty) for row in _rows(brand, both)} == {(brand.variants["A"], 2), (brand.variants["B"], 5)}
    assert_all_holds()
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    drain()
    assert held(brand) == []
    assert_all_holds()


def test_a_new_order_gets_nothing_that_came_until_those_who_wait_were_offered_it() -> None:
    brand = make_brand(stock_each=0)
    [waiting_one] = place(brand.ctx, draft([("A", 2)]))
    receive(brand.ctx, brand.variants["A"], brand.berlin, 3)
    [late] = place(brand.ctx, draft([("A", 2)]))
    [small] = place(brand.ctx, draft([("A", 1)]))
    assert held(brand) == sorted([waiting_one, late, small])  # the last one too: others came before it
    drain()
    assert held(brand) == [late]  # one is left, which the last one can use
    assert_all_holds()


def test_what_nobody_who_waits_can_use_is_everybodys() -> None:
    brand = make_brand(stock_each=0)
    [large] = place(brand.ctx, draft([("A", 5)]))
    receive(brand.ctx, brand.variants["A"], brand.berlin, 3)
    drain()
    assert told(brand, ("A", 3)).short_of == ()
    assert held(brand) == [large]


def test_ten_thousand_wait_and_a_hundred_units_come_so_a_hundred_are_read() -> None:
    brand = make_brand(stock_each=0, skus=("A",))
    a = brand.variants["A"]
    waits = [Wait(n, (Want(n, a, 1),), (Short(a, 1, 0),), NOW) for n in range(1, 10_001)]
    backorders.wait(brand.ctx, waits=waits)
    db.execute("ANALYZE stock_backorder")  # as a house does, whose worker tells the planner within seconds
    receive(brand.ctx, a, brand.berlin, 100)
    before = _read_rows()
    assert backorders.next_in_turn(brand.ctx, variant_ids=[a]) == list(range(1, 101))
    assert _read_rows() - before < 1_000


def _read_rows() -> int:
    """Rows of the queue that this transaction has read."""
    return int(
        db.scalar(
            """SELECT seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
                WHERE relname = 'stock_backorder'"""
        )
    )


def test_split_loses_the_backorder() -> None:
    """solidus #5669: units that are moved to another shipment keep their place in the queue and their promise."""
    brand = make_brand(stock_each=1)
    sells(brand, "B", "preorder", on=DAY2)
    answer = told(brand, ("A", 1), ("B", 5))
    [part] = _parts(brand, answer.order_id)
    [was] = _rows(brand, answer.order_id)
    line = next(x for x in queries.lines_of(brand.ctx, order_ids=[answer.order_id]) if x.sku == "B")
    new = split_waiting.split(brand.ctx, order_id=answer.order_id, version=1, fulfilment_order_id=part, units={line.id: 3})
    moved = {row.group_id: row for row in _rows(brand, answer.order_id)}
    assert (moved[part].qty, moved[new].qty) == (2, 3)
    for row in moved.values():
        assert (row.kind, row.since, row.promised_on) == ("preorder", was.since, DAY2)
    assert waits(brand, "B") == 5
    assert_all_holds()
    drain()
    assert held(brand) == [answer.order_id]  # two are in the pool: they go to the part that wants two
    assert [row.group_id for row in _rows(brand, answer.order_id)] == [new]
    receive(brand.ctx, brand.variants["B"], brand.berlin, 3)
    drain()
    assert held(brand) == []
    assert_all_holds()


def test_what_is_here_of_an_order_can_leave_before_the_rest() -> None:
    brand = make_brand(stock_each=1)
    sells(brand, "B", "backorder")
    answer = told(brand, ("A", 1), ("B", 5))
    [part] = _parts(brand, answer.order_id)
    lines = queries.fulfilment_lines_of(brand.ctx, fulfilment_order_ids=[part])
    here = split_waiting.here_now(brand.ctx, lines=lines)
    assert sorted(here.values()) == [1, 2]
    line = next(x.order_line_id for x in lines if x.sku == "A")
    new = split_waiting.split(
        brand.ctx, order_id=answer.order_id, version=1, fulfilment_order_id=part, units={line: here[line]}
    )
    drain()
    state = {f.id: f.state for f in queries.fulfilment_orders_of(brand.ctx, order_ids=[answer.order_id])}
    assert state == {part: "on_hold", new: "open"}
    assert_all_holds()
    version = queries.get(brand.ctx, id=answer.order_id).version
    with pytest.raises(Refused, match="not_waiting"):
        split_waiting.split(brand.ctx, order_id=answer.order_id, version=version, fulfilment_order_id=new, units={line: 1})


def test_what_waits_of_a_cancelled_order_and_what_is_promised_are_locked_at_once() -> None:
    """One after the other met whoever locks the same variants the other way round in a deadlock."""
    brand = make_brand(stock_each=1)
    sells(brand, "A", "backorder")  # the one with the lower id waits
    answer = told(brand, ("B", 1), ("A", 5))
    [part] = _parts(brand, answer.order_id)
    lines = queries.lines_of(brand.ctx, order_ids=[answer.order_id])
    there = next(line.id for line in lines if line.sku == "B")
    split_waiting.split(brand.ctx, order_id=answer.order_id, version=1, fulfilment_order_id=part, units={there: 1})
    drain()
    locked: list[object] = []

    def watch(execute: Callable[..., object], sql: str, params: Any, many: bool, context: Any) -> object:
        if "FROM stock_item" in sql and "FOR NO KEY UPDATE" in sql:
            locked.append(params[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        cancel.cancel(brand.ctx, order_id=answer.order_id, reason="changed their mind")
    assert locked[0] == db.array([brand.variants["A"], brand.variants["B"]])
    assert len(locked) > 1
    assert_all_holds()


@pytest.mark.usefixtures("those_days")
def test_a_promise_that_became_false_is_found_and_the_new_day_promised_and_told() -> None:
    brand = make_brand(stock_each=0)
    sells(brand, "A", "backorder")
    due(brand, ("A", 2, DAY1))
    kept, late = told(brand, ("A", 1)), told(brand, ("A", 1))
    drain()
    due(brand, ("A", 1, DAY1), ("A", 5, DAY2))
    drain()
    assert held(brand, "slipped") == [late.order_id]
    [said] = promised.promised_of(brand.ctx, order_ids=[late.order_id])[late.order_id]
    assert (said.promised_on, said.expected_on, said.slipped) == (DAY1, DAY2, True)
    assert promises.review_all(brand.ctx) == 0
    with pytest.raises(Refused, match="no_new_day"):
        promises.promise_again(brand.ctx, order_id=kept.order_id)
    assert promises.promise_again(brand.ctx, order_id=late.order_id) == DAY2
    assert held(brand, "slipped") == []
    [mail] = db.column("SELECT text FROM messaging_message WHERE template = 'delayed_before_shipping'")
    assert str(DAY2.year) in mail
    types = [event.type for event in outbox.timeline(brand.ctx, of=[f"order:{late.order_id}"])]
    assert types.count("order.promise_slipped") == types.count("order.promised") == 1
    assert_all_holds()


@pytest.mark.usefixtures("those_days")
def test_a_promise_without_a_day_gets_one_when_units_are_due() -> None:
    brand = make_brand(stock_each=0)
    sells(brand, "A", "backorder")
    answer = told(brand, ("A", 1))
    assert (answer.waits, answer.promised_on) == ("backorder", None)
    due(brand, ("A", 1, DAY1))
    drain()
    [said] = promised.promised_of(brand.ctx, order_ids=[answer.order_id])[answer.order_id]
    assert (said.promised_on, said.slipped) == (DAY1, False)
    promises.review(brand.ctx, variant_ids=[brand.variants["A"]])
    assert held(brand, "slipped") == []


def test_units_that_come_broken_make_a_promise_false() -> None:
    brand = make_brand(stock_each=0)
    sells(brand, "A", "backorder")
    delivery_id = deliver(brand, ("A", 2), days=0)
    kept, late = told(brand, ("A", 1)), told(brand, ("A", 1))
    assert (kept.promised_on, late.promised_on) == (NOW.date(), NOW.date())
    broken = Arrived("scan-1", code="A", condition=Condition.DAMAGED)
    deliveries.receive(brand.ctx, delivery_id=delivery_id, arrived=[broken, Arrived("scan-2", code="A")])
    drain()
    assert held(brand) == held(brand, "slipped") == [late.order_id]
    assert_all_holds()


def test_units_that_a_place_kept_back_go_to_who_waits() -> None:
    brand = make_brand(stock_each=0)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 3)
    safety.keep_back(brand.ctx, keeps=[Keep(brand.variants["A"], brand.seoul, 2)])
    place(brand.ctx, draft([("A", 2)]))
    assert waits(brand, "A") == 2
    safety.keep_back(brand.ctx, keeps=[Keep(brand.variants["A"], brand.seoul, 1)])
    [late] = place(brand.ctx, draft([("A", 1)]))
    drain()
    assert held(brand) == [late]
    assert_all_holds()


def test_units_that_came_back_before_doorstep_go_to_who_waits() -> None:
    brand = make_brand(stock_each=0)
    place(brand.ctx, draft([("A", 2)]))
    history.take_back(
        brand.ctx, returns=[PastReturn(brand.variants["A"], brand.seoul, 2, NOW, "return:1")], reason="past_return"
    )
    [late] = place(brand.ctx, draft([("A", 1)]))
    drain()
    assert held(brand) == [late]
    assert_all_holds()


def test_a_bundle_waits_for_the_component_that_is_short_and_is_served_whole() -> None:
    brand = make_brand(stock_each=0)
    set_id = make_variants(brand.ctx, ["SET"], price="30.00")["SET"]
    compose.set_components(brand.ctx, variant_id=set_id, contents=[Contained("A", 2), Contained("B", 1)])
    sells(brand, "A", "backorder")
    receive(brand.ctx, brand.variants["B"], brand.seoul, 1)
    due(brand, ("A", 2, DAY1))
    answer = told(brand, ("SET", 1))
    assert (answer.short_of, answer.waits, answer.promised_on) == (("A",), "backorder", DAY1)
    assert (waits(brand, "A"), waits(brand, "B")) == (2, 0)
    receive(brand.ctx, brand.variants["A"], brand.seoul, 2)
    drain()
    assert held(brand) == []
    assert_all_holds()


def test_the_confirmation_says_the_day_in_words() -> None:
    brand = make_brand(stock_each=0)
    sells(brand, "A", "preorder", on=DAY2)
    told(brand, ("A", 1))
    drain()
    text = db.scalar("SELECT text FROM messaging_message WHERE template = 'confirmed'")
    assert "출시 전에 주문하신 상품입니다. 2026년 12월 8일부터 보내 드릴 예정입니다." in text


def test_who_cancels_waits_no_more_and_the_next_one_moves_up() -> None:
    brand = make_brand(stock_each=0)
    gone, stays = place(brand.ctx, draft([("A", 2)]), draft([("A", 1)]))
    cancel.cancel(brand.ctx, order_id=gone, reason="customer")
    assert waits(brand, "A") == 1
    receive(brand.ctx, brand.variants["A"], brand.berlin, 1)
    drain()
    assert held(brand) == []
    assert stays not in held(brand)
    assert_all_holds()


def test_an_edit_changes_what_waits() -> None:
    brand = make_brand(stock_each=1)
    [order_id] = place(brand.ctx, draft([("A", 5), ("B", 1)]))
    [a, b] = queries.lines_of(brand.ctx, order_ids=[order_id])
    edit_order.apply(brand.ctx, order_id=order_id, version=1, edit=Edit({a.id: 3}))
    assert waits(brand, "A") == 3
    assert_all_holds()
    edit_order.apply(brand.ctx, order_id=order_id, version=2, edit=Edit({a.id: 4, b.id: 9}))
    assert (waits(brand, "A"), waits(brand, "B")) == (4, 9)
    assert_all_holds()
    edit_order.apply(brand.ctx, order_id=order_id, version=3, edit=Edit({a.id: 0, b.id: 1}))
    drain()
    assert (waits(brand, "A"), waits(brand, "B")) == (0, 0)
    assert held(brand) == []
    assert_all_holds()


def test_timers_free_what_carts_held_too_long_and_hold_promises_against_what_is_due() -> None:
    brand = make_brand(stock_each=1)
    a = brand.variants["A"]
    until = NOW + timedelta(minutes=15)
    assert carts.reserve(brand.ctx, token="t", wants=[CartWant(a, 2)], until=until) == ()
    sells(brand, "A", "backorder")
    answer = told(brand, ("A", 1))
    due(brand, ("A", 1, date(2099, 1, 1)))
    upkeep.review_promises()
    [said] = promised.promised_of(brand.ctx, order_ids=[answer.order_id])[answer.order_id]
    assert said.promised_on == date(2099, 1, 1)
    upkeep.end_expired_carts()
    drain()
    assert held(brand) == []
    db.execute("UPDATE stock_cart SET made_at = now() - interval '31 days'")
    forgetting.old_carts()
    assert db.scalar("SELECT count(*) FROM stock_cartline") == 0
    assert_all_holds()
