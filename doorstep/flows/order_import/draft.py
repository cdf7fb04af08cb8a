"""Makes an order of the rows of one order number that are sales.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.base.money import Money
from doorstep.customers.values import Person
from doorstep.flows.order_import import cells as read
from doorstep.flows.order_import.grouping import Layout
from doorstep.flows.order_import.values import (
    BAD_CHOICE,
    BAD_COUNTRY,
    BAD_DATE,
    BAD_PRICE,
    COUNTRY_MISSING,
    DATE_MISSING,
    DISAGREES,
    TOO_LONG,
    Cells,
    ReadGroup,
    Reason,
    RowClass,
)
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft, PaymentState

MOST = {
    "email": 254, "name": 200, "phone": 40, "company": 120, "address1": 200, "address2": 200, "city": 80, "region": 80,
    "postal_code": 20, "customer_id": 200, "note": 5000, "tags": 1000, "shipping_service": 100, "customer_groups": 1000,
}  # fmt: skip
AMOUNTS = ("shipping", "tax", "order_discount")
SAME = ("customer_id", "email", "country", "currency")
TRUE = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": True}
OWN_PAYMENTS = {"": PaymentState.PAID, "paid": PaymentState.PAID, "pending": PaymentState.PENDING}


@dataclass(frozen=True, slots=True)
class _Known:
    """What any row of the order says, so that the others may leave it empty.  `at`: only where a row does."""

    at: datetime | None
    has_country: bool


def head(group: ReadGroup, at: Layout, *, historical: bool) -> None:
    """Reads what the rows say of the order as a whole.  A row that cannot be read there, or says otherwise than the
    rows before it, is refused."""
    first: dict[str, tuple[str, int]] = {}
    fine: tuple[str, ...] | None = None
    known = _known(group.raw.cells, at)
    for i, cells in enumerate(group.raw.cells):
        if group.classes[i] is RowClass.REFUSED:
            continue
        said = tuple([cells[p] for p in at.of_order])
        if said == fine:
            continue
        reason = _check(cells, at, known, historical=historical) or _disagreement(cells, at, first)
        if reason:
            group.refuse(i, reason)
            continue
        fine = said
        when = _moment(cells, at, known)
        group.at = when if group.at is None else min(group.at, when or group.at)
        for column in SAME:
            text = at.text(cells, column)
            if text and column not in first:
                first[column] = (text, group.raw.numbers[i])
    group.customer_id = read.identifier(first["customer_id"][0]) if "customer_id" in first else ""


def _disagreement(cells: Cells, at: Layout, first: dict[str, tuple[str, int]]) -> Reason | None:
    for column, (text, number) in first.items():
        here = at.text(cells, column)
        if here and here != text:
            return Reason(DISAGREES, {"field": at.profile.columns[column], "row": number})
    return None


def _known(rows: Sequence[Cells], at: Layout) -> _Known:
    said = [text for cells in rows if (text := at.text(cells, "placed_at"))]
    moments = [when for text in said if (when := _read_moment(text, at))] if len(said) < len(rows) else []
    return _Known(min(moments, default=None), any(at.text(cells, "country") for cells in rows))


def _check(cells: Cells, at: Layout, known: _Known, *, historical: bool) -> Reason | None:
    if _moment(cells, at, known) is None:
        if not at.text(cells, "placed_at"):
            return Reason(DATE_MISSING)
        return Reason(BAD_DATE, {"value": at.text(cells, "placed_at")[:60], "form": at.profile.date_form})
    country = at.text(cells, "country")
    if not (country or historical or known.has_country or at.profile.countries.get("")):
        return Reason(COUNTRY_MISSING)
    code = country_of(country, at)
    if code is None or (country and not code and not historical):
        return Reason(BAD_COUNTRY, {"value": country[:60]})
    for column, most in MOST.items():
        if column in at.at and len(at.text(cells, column)) > most:
            return Reason(TOO_LONG, {"field": at.profile.columns[column], "most": most})
    currency = at.text(cells, "currency").upper() or at.profile.currency
    for column in AMOUNTS:
        text = at.text(cells, column)
        if text:
            amount = at.minor(text, currency)
            if amount is None or amount < 0:
                return Reason(BAD_PRICE, {"value": text[:60], "currency": currency})
    for column, choices in (("taxes_included", set(TRUE)), ("payment_state", set(OWN_PAYMENTS))):
        if at.text(cells, column).casefold() not in choices:
            return Reason(BAD_CHOICE, {"field": at.profile.columns[column], "value": at.text(cells, column)[:60]})
    return None


def _moment(cells: Cells, at: Layout, known: _Known) -> datetime | None:
    text = at.text(cells, "placed_at")
    return _read_moment(text, at) if text else known.at


def _read_moment(text: str, at: Layout) -> datetime | None:
    return read.moment(text, at.profile.date_form, at.profile.time_zone)


def country_of(text: str, at: Layout) -> str | None:
    """The ISO code of what a cell says; empty where the profile says that it means nothing, or not what an empty cell means."""
    if not text:
        return at.profile.countries.get("", "")
    mapped = at.profile.countries.get(text)
    return mapped if mapped is not None else read.country(text)


def draft(group: ReadGroup, at: Layout) -> OrderDraft | None:
    """The order of the sales, complete but for its connection and arrival; None where no row is a sale."""
    sales = group.of(RowClass.SALE)
    if not sales or group.at is None:
        return None
    lines = [line for i in sales if (line := group.lines[i]) is not None]
    kept = [group.raw.cells[i] for i, c in enumerate(group.classes) if c is not RowClass.REFUSED]

    def say(column: str) -> str:
        return _first(kept, at, column)

    currency = lines[0].currency
    charged = [line for i in group.of(RowClass.NOT_A_PRODUCT) if (line := group.lines[i]) is not None]
    carriage = sum(
        c.value_minor
        for c in charged
        if c.value_minor > 0 and read.matches(at.profile.shipping, c.sku, fold=at.profile.fold_sku_case)
    )
    amounts = {c: at.minor(say(c) or "0", currency) or 0 for c in AMOUNTS}
    return OrderDraft(
        external_id=group.raw.order_id,
        name=group.raw.order_id,
        currency=currency,
        lines=[LineDraft(n.sku, n.qty, Money(n.price_minor, currency), n.title, n.discount_minor) for n in lines],
        buyer=buyer(group, at),
        ship_to=_address(say, at, buyer(group, at).name),
        placed_at=group.at,
        shipping_minor=amounts["shipping"] + carriage,
        tax_minor=amounts["tax"],
        taxes_included=TRUE[say("taxes_included").casefold()],
        discount_minor=amounts["order_discount"],
        payment_state=OWN_PAYMENTS[say("payment_state").casefold()],
        note=say("note"),
        tags=tuple(dict.fromkeys(t.strip()[:60] for t in say("tags").split(",") if t.strip())),
        shipping_service=say("shipping_service"),
        customer_groups=tuple(dict.fromkeys(t.strip()[:60] for t in say("customer_groups").split(",") if t.strip())),
    )


def buyer(group: ReadGroup, at: Layout) -> Buyer:
    """Who bought.  Identities are empty for guests, whom nothing tells apart from one another."""
    kept = [group.raw.cells[i] for i, c in enumerate(group.classes) if c is not RowClass.REFUSED]
    template = at.profile.customer_name if group.customer_id else at.profile.guest_name
    named = template.format(customer_id=group.customer_id, order_id=group.raw.order_id)
    return Buyer(
        name=_first(kept, at, "name") or _first(kept, at, "email") or named,
        email=_first(kept, at, "email"),
        phone=_first(kept, at, "phone"),
        language=_first(kept, at, "language")[:5] or at.profile.language,
        identities=(("file", f"{at.source}:{group.customer_id}"),) if group.customer_id else (),
    )


def person(group: ReadGroup, at: Layout) -> Person:
    """The buyer as customers are matched, where there is no order to match by."""
    who = buyer(group, at)
    kept = [group.raw.cells[i] for i, c in enumerate(group.classes) if c is not RowClass.REFUSED]
    country = country_of(_first(kept, at, "country"), at) or ""
    return Person(who.name, who.email, who.phone, who.language, country, identities=who.identities)


def _first(kept: list[Cells], at: Layout, column: str) -> str:
    return next((text for cells in kept if (text := at.text(cells, column))), "") if column in at.at else ""


def _address(say: Callable[[str], str], at: Layout, name: str) -> Address:
    return Address(
        name=say("name") or name,
        company=say("company"),
        lines=tuple(text for c in ("address1", "address2") if (text := say(c))),
        city=say("city"),
        region=say("region"),
        postal_code=say("postal_code"),
        country=country_of(say("country"), at) or "",
        phone=say("phone"),
    )
