"""The till of a shop: shifts, sales and cards, for tills that are not our page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Router, Status
from pydantic import Field, StrictStr

from doorstep.api.v1 import paging, show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import INT4, Cursor, Id, IdField, In, Limit, MoneyIn, MoneyOut, Out, text
from doorstep.api.v1.translate import Mistakes
from doorstep.flows import charge_card
from doorstep.flows.return_in_shop import Towards
from doorstep.flows.sell_in_shop import Sale, SaleLine, sell
from doorstep.payments.till import actions, queries
from doorstep.payments.till.paper import DocumentRow
from doorstep.payments.till.values import ChargeRow, Given, ShiftRow, TillKind
from doorstep.payments.values import CallState

router = Router(tags=["Till"])
ClientId = Annotated[
    StrictStr,
    Field(min_length=8, max_length=60, pattern=r"^[0-9A-Za-z-]+$", description="The till's own number: one sale each."),
]


class TillLineIn(In):
    sku: Annotated[StrictStr, text(64, required=True)]
    qty: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    unit_price: MoneyIn
    discount: Annotated[MoneyIn | None, Field(description="Off the whole line; it needs a reason.")] = None
    reason: Annotated[StrictStr, text(120)] = ""


class TillGivenIn(In):
    """`amount` is what of the sale it pays; `handed` the cash that the customer gave; `charge_id` the card that was taken.
    `own_terminal`: a card on a terminal that Doorstep knows nothing of. `voucher`: store credit, by the `code` on its receipt."""

    kind: Literal["cash", "card", "own_terminal", "voucher"]
    amount: MoneyIn
    handed: MoneyIn | None = None
    charge_id: IdField | None = None
    code: Annotated[StrictStr, text(40)] = ""


class TillBackIn(In):
    """A return that came back to this shop and is not paid out: `worth` is all that it is to be paid out, `amount` what of the
    sale it pays. The customer is given the difference in cash."""

    return_id: IdField
    amount: MoneyIn
    worth: MoneyIn


class TillSaleIn(In):
    """A sale over the counter. What is in the customer's hand is never refused for want of stock. `returns`: what came back
    and is paid out towards it, in the same moment."""

    client_id: ClientId
    location_id: IdField
    lines: Annotated[list[TillLineIn], Field(min_length=1, max_length=200)]
    given: Annotated[list[TillGivenIn], Field(max_length=20)]
    returns: Annotated[list[TillBackIn], Field(max_length=20)] = []
    discount: MoneyIn | None = None
    reason: Annotated[StrictStr, text(120)] = ""
    sold_at: Annotated[datetime | None, Field(description="When it was sold, if not now.")] = None
    name: Annotated[StrictStr, text(120)] = ""
    email: Annotated[StrictStr, text(254)] = ""


class TillTaxOut(Out):
    """`rate`: in percent, such as "19" or "5.5"."""

    rate: str
    gross: MoneyOut
    tax: MoneyOut


class TillSoldOut(Out):
    """`again`: it was booked before. `moved`: orders that gave units up, of which `waiting` wait for stock now. `found`: units
    of which the books knew nothing. `document`: the receipt's number, in turn and without a gap, "" for sales of before there
    were any; `taxes`: what its prices contain, empty where the shop sets no rates."""

    order_id: int
    number: str
    document: str
    taxes: list[TillTaxOut]
    again: bool
    moved: list[int]
    waiting: list[int]
    found: int


class TillShiftIn(In):
    location_id: IdField
    opening: MoneyIn


class TillCountIn(In):
    """`reason` is needed where the count is not what should be there."""

    counted: MoneyIn
    reason: Annotated[StrictStr, text(300)] = ""


class TillShiftOut(Out):
    id: int
    location_id: int
    opening: MoneyOut
    expected: MoneyOut | None
    counted: MoneyOut | None
    reason: str
    opened_by: str
    opened_at: datetime
    closed_by: str
    closed_at: datetime | None


class TillShiftsOut(Out):
    shifts: list[TillShiftOut]
    next: str | None


class TillChargeIn(In):
    client_id: ClientId
    location_id: IdField
    amount: MoneyIn
    method: Annotated[StrictStr, text(100, required=True)]


class TillChargeOut(Out):
    """`state`: succeeded, failed, or unknown while the provider does not answer: ask again with the same `client_id`."""

    id: int
    state: Literal["wanted", "pending", "succeeded", "failed", "unknown"]
    amount: MoneyOut
    problem: str


def _shift(row: ShiftRow) -> dict[str, Any]:
    def shown(minor: int | None) -> dict[str, str] | None:
        return None if minor is None else show.money(minor, row.currency)

    return {
        "id": row.id, "location_id": row.location_id, "opening": shown(row.opening_minor), "expected": shown(row.expected_minor),
        "counted": shown(row.counted_minor), "reason": row.reason, "opened_by": row.opened_by, "opened_at": row.opened_at,
        "closed_by": row.closed_by, "closed_at": row.closed_at,
    }  # fmt: skip


@operation(router, "GET", "/till/shifts", scope="till:read", answers={200: TillShiftsOut})
def list_till_shifts(request: Asked, location_id: int = 0, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Shifts of tills, newest first; `expected` and `counted` are there once a till was closed."""
    before = paging.by_id(cursor, "till_shifts")
    only = location_id if 0 < location_id <= INT4 else None
    rows = queries.list_shifts(request.ctx, location_id=only, before=before, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="till_shifts", key=lambda row: (row.id,))
    return {"shifts": [_shift(row) for row in shown], "next": following}


@operation(router, "POST", "/till/shifts", scope="till:write", answers={201: TillShiftOut})
def open_till_shift(request: Asked, given: TillShiftIn) -> Status[dict[str, Any]]:
    """Opens the till of a shop with the cash that is in its drawer."""
    wrong = Mistakes()
    currency = wrong.currency("/opening/currency", given.opening.currency)
    opening = wrong.money("/opening", given.opening, currency)
    wrong.refuse()
    row = actions.open_shift(
        request.ctx, location_id=given.location_id, currency=currency, opening_minor=opening.minor
    )
    return Status(201, _shift(row))


@operation(router, "POST", "/till/shifts/{shift_id}/close", scope="till:write", answers={200: TillShiftOut})
def close_till_shift(request: Asked, shift_id: Id, given: TillCountIn) -> dict[str, Any]:
    """Closes a till with what was counted. A count that is not what should be there needs a reason."""
    shift = queries.get_shift(request.ctx, shift_id=shift_id)
    wrong = Mistakes()
    counted = wrong.money("/counted", given.counted, shift.currency)
    reason = wrong.text("/reason", given.reason, longest=300)
    wrong.refuse()
    return _shift(actions.close_shift(request.ctx, shift_id=shift_id, counted_minor=counted.minor, reason=reason))


@operation(router, "POST", "/till/sales", scope="till:write", answers={201: TillSoldOut})
def sell_in_shop(request: Asked, given: TillSaleIn) -> Status[dict[str, Any]]:
    """Books a sale over the counter: an order that is paid, handed over and closed. The same `client_id` is booked once."""
    shop = actions.shop_of(request.ctx, location_id=given.location_id)
    newest = queries.list_shifts(request.ctx, location_id=shop.id, limit=1)
    if not newest:
        actions.lock_open(request.ctx, location_id=shop.id)  # refuses
    sold = sell(request.ctx, sale=_sale(given, newest[0].currency, request))
    return Status(
        201,
        {
            "order_id": sold.order_id, "number": sold.number, "again": sold.again, "moved": list(sold.moved),
            "waiting": list(sold.waiting), "found": sold.found, **_receipt(sold.document),
        },
    )  # fmt: skip


def _receipt(row: DocumentRow | None) -> dict[str, Any]:
    return {
        "document": row.called if row else "",
        "taxes": [
            {
                "rate": one.percent, "gross": show.money(one.gross_minor, row.currency),
                "tax": show.money(one.tax_minor, row.currency),
            }
            for one in row.taxes
        ] if row else [],
    }  # fmt: skip


def _sale(given: TillSaleIn, currency: str, request: Asked) -> Sale:
    wrong = Mistakes()

    def minor(pointer: str, money: MoneyIn | None) -> int:
        return 0 if money is None else wrong.money(pointer, money, currency).minor

    lines = tuple(
        SaleLine(
            wrong.text(f"/lines/{n}/sku", line.sku, longest=64, required=True), line.qty,
            minor(f"/lines/{n}/unit_price", line.unit_price), minor(f"/lines/{n}/discount", line.discount),
            wrong.text(f"/lines/{n}/reason", line.reason, longest=120),
        )
        for n, line in enumerate(given.lines)
    )  # fmt: skip
    paid = tuple(
        Given(
            TillKind(one.kind), minor(f"/given/{n}/amount", one.amount), minor(f"/given/{n}/handed", one.handed), one.charge_id,
            code=one.code,
        )
        for n, one in enumerate(given.given)
    )
    towards = tuple(
        Towards(one.return_id, minor(f"/returns/{n}/amount", one.amount), minor(f"/returns/{n}/worth", one.worth))
        for n, one in enumerate(given.returns)
    )
    at = given.sold_at
    if at is not None and (at.tzinfo is None or not 2000 <= at.year < 9000):
        at = None
    sale = Sale(
        client_id=given.client_id, location_id=given.location_id, lines=lines, given=paid, sold_at=at or request.ctx.now,
        discount_minor=minor("/discount", given.discount), reason=wrong.text("/reason", given.reason, longest=120),
        name=wrong.text("/name", given.name, longest=120), email=wrong.text("/email", given.email, longest=254),
        towards=towards,
    )  # fmt: skip
    wrong.refuse()
    return sale


@operation(router, "POST", "/till/charges", scope="till:write", answers={200: TillChargeOut})
def charge_card_in_shop(request: Asked, given: TillChargeIn) -> dict[str, Any]:
    """Takes money from a card before the sale that it pays; the same `client_id` takes it once. A declined card is an answer."""
    shift = actions.lock_open(request.ctx, location_id=actions.shop_of(request.ctx, location_id=given.location_id).id)
    wrong = Mistakes()
    amount = wrong.money("/amount", given.amount, shift.currency)
    method = wrong.text("/method", given.method, longest=100, required=True)
    wrong.refuse()
    row = charge_card.charge(
        request.ctx, location_id=shift.location_id, key=f"till:{given.client_id}", amount_minor=amount.minor, method=method
    )
    return _charge(row)


@operation(router, "POST", "/till/charges/{charge_id}/undo", scope="till:write", answers={200: TillChargeOut})
def undo_charge_in_shop(request: Asked, charge_id: Id) -> dict[str, Any]:
    """Gives back what was taken from a card for a sale that did not come about."""
    was = queries.get_charge(request.ctx, charge_id=charge_id)
    shift = queries.get_shift(request.ctx, shift_id=was.shift_id)
    return _charge(charge_card.undo(request.ctx, location_id=shift.location_id, charge_id=charge_id))


def _charge(row: ChargeRow) -> dict[str, Any]:
    return {
        "id": row.id, "state": CallState(row.state).value, "amount": show.money(row.amount_minor, row.currency),
        "problem": row.problem,
    }  # fmt: skip
