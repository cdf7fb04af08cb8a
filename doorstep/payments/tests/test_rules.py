"""What a return is worth: to the cent, whatever its split and order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.base import money
from doorstep.base.refusals import Refused
from doorstep.payments import rules
from doorstep.payments.rules import Sold
from doorstep.payments.values import Bill

CURRENCIES = ("KRW", "USD", "KWD")


def bill(
    lines: Sequence[tuple[int, int]],
    *,
    discount: int = 0,
    shipping: int = 0,
    tax: int = 0,
    refundable: int | None = None,
    before: Mapping[int, int] | None = None,
    shipping_before: bool = False,
    currency: str = "USD",
) -> Bill:
    """A bill over lines of (units, total after their own discount), numbered from 1."""
    sold = [Sold(n, f"Thing {n}", f"S{n}", qty, total) for n, (qty, total) in enumerate(lines, start=1)]
    made = rules.make_bill(
        order_id=1, currency=currency, lines=sold, discount_minor=discount, shipping_minor=shipping, added_tax_minor=tax,
        refundable_minor=10**15, before=before or {}, shipping_before=shipping_before,
    )  # fmt: skip
    left = made.total_minor if refundable is None else refundable
    return Bill(
        made.order_id,
        made.currency,
        made.lines,
        made.shipping_minor,
        made.total_minor,
        left,
        made.before,
        made.shipping_before,
    )


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    totals = draw(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5_000_000)), min_size=1, max_size=6))
    subtotal = sum(total for _, total in totals)
    return bill(
        totals,
        discount=draw(st.integers(0, subtotal)),
        shipping=draw(st.integers(0, 50_000)),
        tax=draw(st.integers(0, 500_000)),
        currency=draw(st.sampled_from(CURRENCIES)),
    )


@given(bills(), st.randoms(use_true_random=False))
def test_any_split_and_order_of_returns_of_everything_sums_to_what_was_paid(paid: Bill, dice: object) -> None:
    units = [line.line_id for line in paid.lines for _ in range(line.qty)] + [0]  # 0 is the shipping
    dice.shuffle(units)  # type: ignore[attr-defined]
    before: dict[int, int] = {}
    given_back = 0
    while units:
        batch = [units.pop() for _ in range(min(len(units), dice.randint(1, 9)))]  # type: ignore[attr-defined]
        back = {id: batch.count(id) for id in batch if id}
        left = Bill(
            paid.order_id, paid.currency, paid.lines, paid.shipping_minor, paid.total_minor, paid.total_minor - given_back,
            dict(before), 0 not in [*units, *batch],
        )  # fmt: skip
        quote = rules.quote(left, back=back, with_shipping=0 in batch)
        assert quote.cut_minor == 0
        assert quote.total_minor >= 0
        assert all(share.amount_minor >= 0 for share in quote.lines)
        given_back += quote.total_minor
        assert given_back <= paid.total_minor
        for id, qty in back.items():
            before[id] = before.get(id, 0) + qty
    assert given_back == paid.total_minor


@given(bills(), st.integers(0, 6_000_000))
def test_no_quote_is_above_what_is_left_to_refund(paid: Bill, left: int) -> None:
    short = Bill(paid.order_id, paid.currency, paid.lines, paid.shipping_minor, paid.total_minor, left)
    quote = rules.quote(short, back={line.line_id: line.qty for line in paid.lines}, with_shipping=True)
    assert quote.total_minor == min(left, paid.total_minor)
    assert quote.cut_minor == max(paid.total_minor - left, 0)


@given(bills())
def test_the_parts_of_a_bill_sum_to_its_total_and_none_is_negative(paid: Bill) -> None:
    assert sum(line.value_minor for line in paid.lines) + paid.shipping_minor == paid.total_minor
    assert all(line.value_minor >= 0 for line in paid.lines)
    assert paid.shipping_minor >= 0


def test_whole_order_discount_ignored() -> None:
    """Solidus #512: it is not; each line bears its share of the order's discount."""
    quote = rules.quote(bill([(1, 3000), (1, 1000)], discount=400), back={1: 1})
    assert quote.total_minor == 2700


def test_tax_34_116425_stored_34_12_charged() -> None:
    """Medusa #14818: tax is what was charged, whole cents, and its shares sum to it."""
    paid = bill([(3, 39_999)], tax=money.parse("34.12", "USD").minor)
    parts = [rules.quote(paid, back={1: 1}, before={1: n}).total_minor for n in range(3)]
    assert (parts, sum(parts)) == ([14_470, 14_470, 14_471], 43_411)


def test_19_99000000000000003398() -> None:
    """Solidus #1564: an amount is a whole number of cents, whatever a float would say."""
    paid = bill([(1, money.parse("19.99", "USD").minor)])
    assert str(rules.quote(paid, back={1: 1}).total) == "19.99 USD"
    with pytest.raises(Refused, match="bad_amount"):
        money.parse("19.99000000000000003398", "USD")
    with pytest.raises(Refused, match="bad_amount"):
        money.parse("9e999999", "USD")


def test_shipping_tax_left_out() -> None:
    """Vendure #989: where tax is added, the shipping bears its share of it and gives it back."""
    paid = bill([(1, 9000)], shipping=1000, tax=800)
    assert (paid.lines[0].value_minor, paid.shipping_minor) == (9720, 1080)
    assert rules.quote(paid, back={}, with_shipping=True).total_minor == 1080


def test_minus_25_offered() -> None:
    """Saleor-dashboard #4493: where more was given back than the units are worth, nothing is offered, never less."""
    quote = rules.quote(bill([(1, 2500)], refundable=-2500), back={1: 1})
    assert (quote.total_minor, quote.cut_minor) == (0, 2500)


def test_3_returned_2_received_3_refunded() -> None:
    """Spree PR 14678: the units that came are paid, and the third has its share left."""
    paid = bill([(3, 1000)])
    two = rules.quote(paid, back={1: 2})
    assert (two.total_minor, rules.quote(paid, back={1: 1}, before={1: 2}).total_minor) == (666, 334)


@pytest.mark.parametrize(("back", "before"), [({1: 4}, {}), ({1: 2}, {1: 2}), ({1: -1}, {}), ({1: 1}, {1: 3})])
def test_a_quantity_above_what_is_left_is_refused(back: dict[int, int], before: dict[int, int]) -> None:
    with pytest.raises(Refused, match="too_many_units"):
        rules.quote(bill([(3, 1000)]), back=back, before=before)


def test_what_is_not_of_the_order_is_refused() -> None:
    with pytest.raises(Refused, match="no_such_line"):
        rules.quote(bill([(3, 1000)]), back={9: 1})


def test_shipping_is_refunded_once() -> None:
    with pytest.raises(Refused, match="shipping_refunded"):
        rules.quote(bill([(1, 1000)], shipping=300, shipping_before=True), back={}, with_shipping=True)


def test_what_the_bill_knows_of_earlier_refunds_counts_unless_it_is_said_otherwise() -> None:
    paid = bill([(3, 1000)], before={1: 2})
    assert rules.quote(paid, back={1: 1}).total_minor == 334
    assert rules.quote(paid, back={1: 3}, before={}).total_minor == 1000


@pytest.mark.parametrize(
    ("total", "authorised", "captured", "wanted", "due"),
    [
        (2000, 2000, 0, 0, 2000), (2000, 2000, 2000, 0, 0), (2000, 2000, 0, 2000, 0), (2000, 2000, 500, 0, 1500),
        (1500, 2000, 0, 0, 1500), (2500, 2000, 0, 0, 2000), (500, 2000, 1000, 0, 0),
    ],
)  # fmt: skip
def test_a_parcel_that_leaves_captures_the_total_as_far_as_it_is_authorised_once(
    total: int, authorised: int, captured: int, wanted: int, due: int
) -> None:
    asked = rules.to_capture(
        total_minor=total, authorised_minor=authorised, captured_minor=captured, wanted_minor=wanted
    )
    assert asked == due
