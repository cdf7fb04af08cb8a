"""Units that were refunded without a return: customers cannot ask for them again; staff can, for nothing more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import return_links, send_back
from doorstep.payments import actions as payments
from doorstep.payments.values import RefundWish
from doorstep.returns import queries
from doorstep.returns.values import ReturnFilter, Wish
from doorstep.worker.dispatch import drain
from tests.factories import Brand, draft, make_brand, signed_in
from tests.giving_back import back, holds, refunds, row_of, shirts
from tests.returning import arrived, ask, lines, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    """A brand whose clock is that of the pages."""
    made = make_brand()
    return replace(made, ctx=replace(made.ctx, now=datetime.now(UTC)))


def sold(ctx: Ctx, qty: int, sku: str = "A") -> int:
    return arrived(ctx, draft([(sku, qty)]), at=ctx.now - timedelta(days=3))


def refund_units(brand: Brand, order_id: int, qty: int, sku: str = "A") -> None:
    units = RefundWish({lines(brand.ctx, order_id)[sku].id: qty})
    payments.grant_refund(
        brand.ctx, order_id=order_id, wish=units, key="gift", subject=f"order:{order_id}", reason="goodwill"
    )
    drain()


def test_a_customer_cannot_ask_for_them(brand: Brand) -> None:
    order_id = sold(brand.ctx, 3)
    refund_units(brand, order_id, 2)

    [line] = queries.returnable(brand.ctx, order_id=order_id)
    assert (line.left, line.refunded) == (1, 2)
    with pytest.raises(Refused, match="too_many_units"):
        ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    assert queries.list_returns(brand.ctx, where=ReturnFilter()) == []

    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 1))
    drain()
    back(brand, return_id, 1)
    assert refunds(brand, order_id) == [(2000, f"order:{order_id}"), (1000, f"return:{return_id}")]
    holds(brand)


def test_the_goods_can_be_wanted_back_by_staff_and_nothing_more_is_paid(brand: Brand) -> None:
    order_id = sold(brand.ctx, 2)
    refund_units(brand, order_id, 2)
    client, line_id = signed_in(brand.ctx), lines(brand.ctx, order_id)["A"].id

    page = client.get(f"/returns/start/{order_id}/").content.decode()
    assert "2 units are refunded already: if they come back, nothing more is paid for them." in page
    form = {f"back-{line_id}": "1", f"qty-{line_id}": "2", f"reason-{line_id}": "too_small", "key": "k"}
    assert client.post(f"/returns/start/{order_id}/check/", form).status_code == 200
    answer = client.post(f"/returns/start/{order_id}/send/", form)
    assert answer.status_code == 302
    [row] = queries.list_returns(brand.ctx, where=ReturnFilter())
    drain()
    back(brand, row.id, 2)

    assert refunds(brand, order_id) == [(2000, f"order:{order_id}")]
    assert (row_of(brand, row.id).goods, row_of(brand, row.id).money) == ("closed", "none")
    holds(brand)


def test_nothing_is_given_in_exchange_for_them(brand: Brand) -> None:
    made = shirts(brand)
    order_id = sold(brand.ctx, 1, "SHIRT-S")
    refund_units(brand, order_id, 1, "SHIRT-S")
    swap = Wish(
        lines(brand.ctx, order_id)["SHIRT-S"].id, 1, "too_small", "exchange_variant", exchange_variant_id=made["SHIRT-M"]
    )

    with pytest.raises(Refused, match="too_many_units"):
        send_back.request(brand.ctx, order_id=order_id, wishes=[swap], key="x", takes_refunded=True)

    assert queries.list_returns(brand.ctx, where=ReturnFilter()) == []


def test_units_that_are_refunded_while_they_come_back_break_no_page_and_no_event(brand: Brand) -> None:
    order_id = sold(brand.ctx, 2)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    refund_units(brand, order_id, 2)
    client = signed_in(brand.ctx)
    row = row_of(brand, return_id)
    status = return_links.status_link(brand.ctx, return_id=return_id)

    assert client.get(f"/returns/{return_id}/").status_code == 200
    assert client.get(status.removeprefix(status.split("/r/")[0])).status_code == 200
    assert row.decision == "approved"
    back(brand, return_id, 2)

    assert refunds(brand, order_id) == [(2000, f"order:{order_id}")]
    assert row_of(brand, return_id).goods == "closed"
    holds(brand)
