"""The money of returns and exchanges: granted when promised, each unit once, never more than was paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.channels import queries as channels
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments.values import RefundWish
from doorstep.returns import actions, queries, receiving
from doorstep.returns.values import Arrived
from doorstep.shipping import queries as parcels
from doorstep.shipping.values import TrackingStatus
from doorstep.tasks import queries as tasks
from doorstep.worker.dispatch import drain
from tests.api.shop import connect_shop
from tests.factories import NOW, Brand, draft, make_brand
from tests.giving_back import back, holds, pay_out, refunds, row_of
from tests.returning import arrived, ask, label, lines, scan, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return make_brand()


def mailed_units(order_id: int) -> list[list[str]]:
    """What each mail about money says that it is for."""
    texts = db.column(
        "SELECT text FROM messaging_message WHERE timeline = %s AND starts_with(key, 'return:refunded:')",
        [f"order:{order_id}"],
    )
    return [[line for line in text.splitlines() if line.startswith("- ")] for text in texts]


def early(ctx: Ctx) -> Ctx:
    return Ctx(ctx.organisation_id, ctx.actor, NOW - timedelta(days=1), "t")


def policy(brand: Brand, **more: object) -> None:
    actions.publish_policy(early(brand.ctx), policy=[{"name": "All", "when": {"all": []}, "action": "approve"} | more])


def test_received_two_of_three_gives_two_back(brand: Brand) -> None:
    """spree PR 14678"""
    order_id = arrived(brand.ctx, draft([("A", 3)]))
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 3))
    drain()
    assert refunds(brand, order_id) == []

    back(brand, return_id, 2)
    assert refunds(brand, order_id) == [(2000, f"return:{return_id}")]
    receiving.close_short(brand.ctx, return_id=return_id)
    drain()

    assert refunds(brand, order_id) == [(2000, f"return:{return_id}")]
    assert (row_of(brand, return_id).goods, row_of(brand, return_id).money) == ("processed", "granted")
    pay_out(brand, order_id)
    assert (row_of(brand, return_id).goods, row_of(brand, return_id).money) == ("closed", "succeeded")
    holds(brand)


@pytest.mark.parametrize("minor", [1000, 1200])
def test_lines_that_come_on_different_days_are_each_paid(brand: Brand, minor: int) -> None:
    sold = draft([("A", 1), ("B", 1)])
    sold = replace(sold, lines=[sold.lines[0], replace(sold.lines[1], unit_price=Money(minor, "EUR"))])
    order_id = arrived(brand.ctx, sold)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A"), wish(brand.ctx, order_id, "B"))
    drain()

    back(brand, return_id, 1, 0)
    back(brand, return_id, 0, 1)

    subject = f"return:{return_id}"
    assert refunds(brand, order_id) == [(1000, subject), (minor, subject)]
    assert [line.settled for line in queries.lines_of(brand.ctx, return_ids=[return_id])] == [1, 1]
    pay_out(brand, order_id)
    assert sorted(mailed_units(order_id)) == [["- Thing A × 1"], ["- Thing B × 1"]]
    assert (row_of(brand, return_id).goods, row_of(brand, return_id).money) == ("closed", "succeeded")
    holds(brand)


def test_a_mail_about_money_names_the_units_that_it_is_for(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 3), ("B", 1)]))
    return_id = ask(
        brand.ctx, order_id, wish(brand.ctx, order_id, "A", 3), wish(brand.ctx, order_id, "B", outcome="store_credit")
    )
    drain()

    back(brand, return_id, 2, 1)
    back(brand, return_id, 1, 0)
    pay_out(brand, order_id)

    assert sorted(mailed_units(order_id)) == [["- Thing A × 1"], ["- Thing A × 2"], ["- Thing B × 1"]]


def test_credits_for_lines_that_come_on_different_days_are_each_granted(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    wishes = [wish(brand.ctx, order_id, sku, outcome="store_credit") for sku in "AB"]
    return_id = ask(brand.ctx, order_id, *wishes)
    drain()

    back(brand, return_id, 1, 0)
    back(brand, return_id, 0, 1)

    assert money.credit_balance(brand.ctx, customer_id=row_of(brand, return_id).customer_id) == {"EUR": 2000}
    holds(brand)


def test_a_line_that_was_declined_is_never_reimbursed(brand: Brand) -> None:
    """spree #5982"""
    db.execute("UPDATE catalog_product SET final_sale = TRUE WHERE title = 'Thing B'")
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A"), wish(brand.ctx, order_id, "B"))
    drain()

    back(brand, return_id, 1, 0)

    assert refunds(brand, order_id) == [(1000, f"return:{return_id}")]
    [a, b] = queries.lines_of(brand.ctx, return_ids=[return_id])
    assert (a.settled, b.settled) == (1, 0)
    holds(brand)


def test_a_declined_return_gives_nothing(brand: Brand) -> None:
    """spree #5982"""
    policy(brand, action="review")
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id)
    actions.decide(brand.ctx, return_id=return_id, approve=False)
    drain()

    with pytest.raises(Refused, match="return_state"):
        back(brand, return_id, 1)
    assert refunds(brand, order_id) == []


def test_units_that_are_missing_are_not_paid_for(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 2)]))
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    drain()

    back(brand, return_id, 2, word="missing")

    assert refunds(brand, order_id) == []
    assert (row_of(brand, return_id).goods, row_of(brand, return_id).money) == ("closed", "none")


@pytest.mark.parametrize(
    ("timing", "after"),
    [
        ("on_approval", "approved"),
        ("on_first_scan", "scanned"),
        ("on_receipt", "received"),
        ("on_inspection", "inspected"),
    ],
)
def test_the_money_comes_at_the_moment_that_the_policy_promises(brand: Brand, timing: str, after: str) -> None:
    policy(brand, timing=timing)
    order_id = arrived(brand.ctx, draft([("A", 1)]))
    seen = {}

    def note(moment: str) -> None:
        drain()
        seen[moment] = len(refunds(brand, order_id))

    return_id = ask(brand.ctx, order_id)
    note("approved")
    [parcel] = parcels.parcels_back_of(brand.ctx, order_ids=[order_id])
    label(brand.ctx, parcel.id)
    scan(brand.ctx, parcel.id, TrackingStatus.IN_TRANSIT)
    note("scanned")
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    receiving.receive(brand.ctx, return_id=return_id, arrived=[Arrived(1, line.id)], key="r")
    note("received")
    receiving.inspect(brand.ctx, line_id=line.id, qty=1, grade="A", disposition="restocked", key="i")
    note("inspected")

    moments = ["approved", "scanned", "received", "inspected"]
    assert seen == {m: int(moments.index(m) >= moments.index(after)) for m in moments}
    assert refunds(brand, order_id) == [(1000, f"return:{return_id}")]


def test_an_item_that_is_kept_needs_no_parcel(brand: Brand) -> None:
    policy(brand, keep_item=True)
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id)
    drain()

    assert parcels.parcels_back_of(brand.ctx, order_ids=[order_id]) == []
    assert refunds(brand, order_id) == [(1000, f"return:{return_id}")]
    pay_out(brand, order_id)
    assert row_of(brand, return_id).goods == "closed"
    holds(brand)


def test_a_withdrawal_brings_the_shipping_back_too(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1)], shipping_minor=490))
    return_id = ask(brand.ctx, order_id, is_withdrawal=True)
    drain()

    back(brand, return_id, 1)

    assert refunds(brand, order_id) == [(1490, f"return:{return_id}")]
    assert money.bill_of(brand.ctx, order_id=order_id).refundable_minor == 0


def test_store_credit_is_granted_to_the_customer(brand: Brand) -> None:
    order_id = arrived(brand.ctx)
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, outcome="store_credit"))
    drain()

    back(brand, return_id, 1)

    row = row_of(brand, return_id)
    assert refunds(brand, order_id) == []
    assert money.credit_balance(brand.ctx, customer_id=row.customer_id) == {"EUR": 1000}
    assert (row.goods, row.money) == ("closed", "succeeded")
    holds(brand)


def test_where_nothing_was_paid_a_person_is_asked(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 1)]))
    payments.grant_refund(
        brand.ctx, order_id=order_id, wish=RefundWish(amount_minor=1000), key="gift", subject="order", reason="goodwill"
    )
    return_id = ask(brand.ctx, order_id)
    drain()

    back(brand, return_id, 1)

    assert refunds(brand, order_id) == [(1000, "order")]
    [task] = tasks.list_open(brand.ctx, kind="return_money")
    assert (task.subject, task.facts["minor"]) == (f"return:{return_id}", 1000)


def test_units_that_an_agent_refunded_already_are_not_paid_again(brand: Brand) -> None:
    order_id = arrived(brand.ctx, draft([("A", 2), ("B", 1)]))
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    units = RefundWish({lines(brand.ctx, order_id)["A"].id: 1})
    payments.grant_refund(brand.ctx, order_id=order_id, wish=units, key="gift", subject="order", reason="goodwill")
    drain()

    back(brand, return_id, 2)

    assert refunds(brand, order_id) == [(1000, "order"), (1000, f"return:{return_id}")]
    pay_out(brand, order_id)
    assert (row_of(brand, return_id).goods, row_of(brand, return_id).money) == ("closed", "succeeded")
    assert tasks.list_open(brand.ctx, kind="return_money") == []
    holds(brand)


def test_the_shop_that_sold_it_is_told_what_came_back_and_what_was_given_back(brand: Brand) -> None:
    shop = connect_shop(brand)
    order_id = arrived(brand.ctx, draft([("A", 2)], connection_id=shop.id))
    return_id = ask(brand.ctx, order_id, wish(brand.ctx, order_id, "A", 2))
    drain()
    back(brand, return_id, 2)
    pay_out(brand, order_id)

    told = {n.verb: n.arguments for n in channels.list_notices(brand.ctx, connection_id=shop.id, limit=9)}
    assert set(told) == {"shipped", "returned", "refunded"}
    assert told["returned"]["lines"] == [["A", 2]]
    assert (told["refunded"]["amount_minor"], told["refunded"]["currency"]) == (2000, "EUR")
