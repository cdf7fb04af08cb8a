"""What was sent again comes back once, with the order that was bought, for what was paid there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import cancel, reship, ship
from doorstep.flows.reship import Reship
from doorstep.orders import queries as orders
from doorstep.returns import queries
from doorstep.returns.values import ReturnFilter
from doorstep.shipping.values import TrackingStatus
from doorstep.web.returns_portal.tests.test_portal import opened
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key
from tests.factories import Brand, draft, make_brand, packed, signed_in
from tests.giving_back import back, refunds
from tests.returning import arrived, ask, label, leave, lines, scan, wish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def brand() -> Brand:
    """A brand whose clock is that of the pages."""
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))


def lost(brand: Brand, qty: int) -> int:
    """An order whose parcel left and never arrived."""
    [parcel_id] = packed(brand.ctx, draft([("A", qty)]))
    label(brand.ctx, parcel_id)
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])
    drain()
    [order] = orders.list_orders(brand.ctx, where=orders.OrderFilter())
    return order.id


def came(brand: Brand, qty: int) -> int:
    return arrived(brand.ctx, draft([("A", qty)]), at=brand.ctx.now - timedelta(days=9))


def again(brand: Brand, order_id: int, qty: int, *, reason: str = "lost", key: str = "k1") -> int:
    units = {lines(brand.ctx, order_id)["A"].id: qty}
    sent = reship.apply(brand.ctx, order_id=order_id, reship=Reship(units, reason), key=key)
    drain()
    return sent.order.order.id


def deliver(brand: Brand, order_id: int, *, days_ago: int = 1) -> None:
    scan(brand.ctx, leave(brand, order_id), TrackingStatus.DELIVERED, brand.ctx.now - timedelta(days=days_ago))
    drain()


def left(brand: Brand, order_id: int) -> int:
    [line] = queries.returnable(brand.ctx, order_id=order_id)
    return line.left


def sound() -> None:
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def test_what_was_lost_and_sent_again_is_refunded_at_what_was_paid_and_once(brand: Brand) -> None:
    order_id = lost(brand, 2)
    again_id = again(brand, order_id, 2)
    assert left(brand, order_id) == 0
    deliver(brand, again_id)
    assert (left(brand, order_id), left(brand, again_id)) == (2, 0)

    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, qty=2))
    drain()
    back(brand, return_id, 2)
    drain()

    assert refunds(brand, order_id) == [(2000, f"return:{return_id}")]
    assert refunds(brand, again_id) == []
    for id in (order_id, again_id):
        with pytest.raises(Refused):
            ask(brand.ctx, id, wish(brand.ctx, id), key="k2")
    assert [row.id for row in queries.list_returns(brand.ctx, where=ReturnFilter())] == [return_id]
    sound()


def test_the_window_begins_when_the_second_one_arrives(brand: Brand) -> None:
    order_id = came(brand, 1)
    deliver(brand, again(brand, order_id, 1, reason="damaged"), days_ago=1)

    [line] = queries.returnable(brand.ctx, order_id=order_id)

    assert line.delivered_at == brand.ctx.now - timedelta(days=1)


def test_what_arrived_damaged_is_no_more_to_be_sent_back_until_the_second_one_is_there(brand: Brand) -> None:
    order_id = came(brand, 3)
    again_id = again(brand, order_id, 2, reason="damaged")
    assert left(brand, order_id) == 1
    with pytest.raises(Refused, match="too_many_units"):
        ask(brand.ctx, order_id, wish(brand.ctx, order_id, qty=2))

    deliver(brand, again_id)

    assert left(brand, order_id) == 3
    ask(brand.ctx, order_id, wish(brand.ctx, order_id, qty=3))
    assert left(brand, order_id) == 0
    sound()


def test_what_was_called_lost_and_turns_up_beside_the_second_one_counts_once(brand: Brand) -> None:
    [parcel_id] = packed(brand.ctx, draft([("A", 1)]))
    label(brand.ctx, parcel_id)
    ship.hand_over(brand.ctx, parcel_ids=[parcel_id])
    drain()
    [order] = orders.list_orders(brand.ctx, where=orders.OrderFilter())
    deliver(brand, again(brand, order.id, 1))

    scan(brand.ctx, parcel_id, TrackingStatus.DELIVERED, brand.ctx.now)

    assert left(brand, order.id) == 1
    sound()


def test_a_reship_that_was_called_off_takes_nothing_away(brand: Brand) -> None:
    order_id = came(brand, 2)
    again_id = again(brand, order_id, 2, reason="damaged")
    assert left(brand, order_id) == 0

    cancel.cancel(brand.ctx, order_id=again_id, reason="found")

    assert left(brand, order_id) == 2


def test_what_was_lost_twice_comes_back_with_the_order_that_was_bought(brand: Brand) -> None:
    order_id = lost(brand, 1)
    second = again(brand, order_id, 1)
    leave(brand, second)
    third = again(brand, second, 1, key="k2")

    assert left(brand, order_id) == 0
    deliver(brand, third)

    assert [left(brand, id) for id in (order_id, second, third)] == [1, 0, 0]
    return_id = ask(brand.ctx, order_id)
    assert queries.get_return(brand.ctx, return_id=return_id).order_id == order_id
    sound()


def test_the_order_that_brings_units_again_leads_to_the_one_that_was_bought(brand: Brand) -> None:
    order_id = lost(brand, 1)
    again_id = again(brand, order_id, 1)
    deliver(brand, again_id)
    line = {"order_line_id": lines(brand.ctx, again_id)["A"].id, "qty": 1, "reason": "too_small"}
    first, second = (orders.get(brand.ctx, id=id).order.name for id in (order_id, again_id))

    answer = Api(brand, make_key(brand)).post(
        f"/orders/{again_id}/returns", {"client_id": "wish-0001", "lines": [line]}
    )
    staff = signed_in(brand.ctx)
    page = staff.get(f"/returns/start/{again_id}/")
    found = staff.get("/returns/receive/", {"code": second}).content.decode()
    client, door = opened(brand, again_id)
    portal = client.get(f"{door}?language=en").content.decode()

    assert (answer.status_code, answer.json()["code"]) == (409, "returned_with_first_order")
    assert answer.json()["next_step"] == f"Start the return with order {first}: what arrived of both counts there."
    assert page.headers["Location"] == f"/returns/start/{order_id}/"
    assert f"/returns/start/{order_id}/" in found
    assert f'name="back-{lines(brand.ctx, order_id)["A"].id}"' in portal
    assert queries.list_returns(brand.ctx, where=ReturnFilter()) == []


def test_what_was_sent_again_was_not_sold_again(brand: Brand) -> None:
    order_id = came(brand, 2)
    order = orders.get(brand.ctx, id=order_id).order
    ask(brand.ctx, order_id, wish(brand.ctx, order_id, qty=1))
    again(brand, order_id, 1, reason="wrong")

    [row] = queries.report(brand.ctx, since=order.placed_at, until=brand.ctx.now + timedelta(days=1))

    assert (row.share.hits, row.share.of) == (1, 2)
    assert queries.history_of(brand.ctx, customer_id=order.customer_id) == {"orders": 1, "units": 2, "returned": 1}
