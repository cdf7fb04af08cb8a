"""Decisions about money that need no database: what is captured, and what a return is worth, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doorstep.base.money import Money, split
from doorstep.base.refusals import Refused
from doorstep.payments.values import (
    NO_SUCH_LINE,
    SHIPPING_REFUNDED,
    TOO_MANY_UNITS,
    Bill,
    BillLine,
    CallKind,
    CallRow,
    LineWorth,
    Quote,
    RefundWish,
)


@dataclass(frozen=True, slots=True)
class Sold:
    """A line as it was sold.  Units: minor units for all its units, after its own discount."""

    line_id: int
    title: str
    sku: str
    qty: int
    total_minor: int
    part_of: str = ""


def to_capture(*, total_minor: int, authorised_minor: int, captured_minor: int, wanted_minor: int) -> int:
    """What is captured when a parcel leaves: the total, as far as it is authorised, once.

    What is on its way already is not asked again; an order that was changed since is never captured above its total.
    """
    return max(min(total_minor, authorised_minor) - captured_minor - wanted_minor, 0)


def make_bill(
    *,
    order_id: int,
    currency: str,
    lines: Sequence[Sold],
    discount_minor: int,
    shipping_minor: int,
    added_tax_minor: int,
    refundable_minor: int,
    before: Mapping[int, int],
    shipping_before: bool,
) -> Bill:
    """An order as it was paid: discounts of the whole order and added tax are part of its lines and its shipping.

    Shapes: the values of the lines and of the shipping sum exactly to the total.  `added_tax_minor` is 0 where prices
    include their taxes.
    """
    discounts = _split(discount_minor, [line.total_minor for line in lines])
    net = [line.total_minor - off for line, off in zip(lines, discounts, strict=True)]
    taxes = _split(added_tax_minor, [*net, shipping_minor])
    made = tuple(
        BillLine(line.line_id, line.title, line.sku, line.qty, value + tax, line.part_of)
        for line, value, tax in zip(lines, net, taxes, strict=False)
    )
    shipping = shipping_minor + taxes[-1]
    total = sum(line.value_minor for line in made) + shipping
    return Bill(order_id, currency, made, shipping, total, refundable_minor, dict(before), shipping_before)


def without(bill: Bill, gone: Mapping[int, int]) -> Bill:
    """The bill on which these units count as given back too, such as those for which other goods were given.

    Shapes: `gone` is units by line id.
    """
    before = dict(bill.before)
    for line_id, qty in gone.items():
        before[line_id] = before.get(line_id, 0) + qty
    return replace(bill, before=before)


def _split(minor: int, weights: Sequence[int]) -> list[int]:
    return [share.minor for share in split(Money(minor, "XXX"), [max(w, 0) for w in weights])] if weights else []


def quote(
    bill: Bill, *, back: Mapping[int, int], before: Mapping[int, int] | None = None, with_shipping: bool = False
) -> Quote:
    """What units of an order are worth in money: any split and order of returns of all units sums to what was paid.

    Units of a line have cumulative shares: those from the third to the fifth are worth floor(5·value/n) − floor(2·value/n).
    Shapes: `back` and `before` are units by line id; `before` None takes what the bill knows of earlier refunds and credits.
    Refuses: lines of other orders, units beyond those that are left, shipping that was refunded before.
    """
    done = bill.before if before is None else before
    lines = {line.line_id: line for line in bill.lines}
    shares = [_share(lines.get(line_id), line_id, qty, done.get(line_id, 0)) for line_id, qty in back.items()]
    if with_shipping and bill.shipping_before:
        raise Refused(SHIPPING_REFUNDED)
    shipping = bill.shipping_minor if with_shipping else 0
    worth = sum(share.amount_minor for share in shares) + shipping
    cut = max(worth - max(bill.refundable_minor, 0), 0)
    return Quote(bill.currency, tuple(s for s in shares if s.qty), shipping, cut, with_shipping)


def quote_wish(bill: Bill, wish: RefundWish) -> Quote:
    """What a wish is worth: an amount is worth itself.  Refuses: what `quote` refuses."""
    if wish.amount_minor is not None:
        return Quote(bill.currency, (), wish.amount_minor, 0, False)
    return quote(bill, back=wish.back, with_shipping=wish.with_shipping)


def is_same(known: CallRow, *, order_id: int, wish: RefundWish) -> bool:
    """Whether a refund is the one that was granted for this very wish."""
    if known.order_id != order_id or known.kind != CallKind.REFUND:
        return False
    if wish.amount_minor is not None:
        return known.amount_minor == wish.amount_minor and not known.shares
    was = {line["line_id"]: line["qty"] for line in known.shares.get("lines", ())}
    back = {line_id: qty for line_id, qty in wish.back.items() if qty}
    return back == was and wish.with_shipping == bool(known.shares.get("with_shipping"))


def _share(line: BillLine | None, line_id: int, qty: int, before: int) -> LineWorth:
    if line is None:
        raise Refused(NO_SUCH_LINE, {"line": line_id})
    left = line.qty - before
    if not 0 <= qty <= left:
        raise Refused(TOO_MANY_UNITS, {"asked": qty, "line": line.sku, "left": max(left, 0)})
    upto = line.value_minor * (before + qty) // line.qty
    return LineWorth(line_id, qty, upto - line.value_minor * before // line.qty)
