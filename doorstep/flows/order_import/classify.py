"""Says of every row what it is, and makes an order of those that are sales.  Pure."""

from __future__ import annotations

from doorstep.flows.order_import import cells as read
from doorstep.flows.order_import import draft as drafting
from doorstep.flows.order_import.grouping import Layout, width_of
from doorstep.flows.order_import.values import (
    ABSURD_QUANTITY,
    BAD_CURRENCY,
    BAD_DISCOUNT,
    BAD_PRICE,
    BAD_QUANTITY,
    CONTROL_CHARACTER,
    LIVE_CANCELLATION,
    NEGATIVE_PRICE,
    NEGATIVE_SALE,
    NO_ORDER_ID,
    NO_SKU,
    SPOILT,
    STOCK_CORRECTION,
    TOO_LONG,
    TOO_MANY_LINES,
    WRONG_WIDTH,
    ZERO_QUANTITY,
    Cells,
    Line,
    Profile,
    RawGroup,
    ReadGroup,
    Reason,
    RowClass,
)

MAX_UNITS = 1_000_000
MAX_LINES = 30_000
MAX_SKU = 64
MAX_ORDER_ID = 60


def classify(raw: RawGroup, at: Layout, *, historical: bool) -> ReadGroup:
    """Puts every row of one order number into exactly one class and drafts the order of its sales.

    `historical`: a refused row leaves the others in; a live order is taken in whole or not at all.
    """
    group = ReadGroup(raw, [], [], [])
    for cells in raw.cells:
        found = _read(cells, at)
        line, reason = (None, found) if isinstance(found, Reason) else (found, None)
        group.lines.append(line)
        group.reasons.append(reason)
        group.classes.append(_class_of(line, at.profile))
    _refuse_what_is_no_sale(group, at, historical=historical)
    drafting.head(group, at, historical=historical)
    if not historical:
        _all_or_nothing(group)
    group.draft = drafting.draft(group, at)
    return group


def _class_of(line: Line | None, profile: Profile) -> RowClass:
    if line is None:
        return RowClass.REFUSED
    if read.matches(profile.not_products, line.sku, fold=profile.fold_sku_case):
        return RowClass.NOT_A_PRODUCT
    return RowClass.CANCELLATION if line.cancels else RowClass.SALE


def _read(cells: Cells, at: Layout) -> Line | Reason:
    """One row's product, units and money, or why it cannot be read."""
    cells = width_of(cells, at.header)
    if len(cells) != len(at.header):
        return Reason(WRONG_WIDTH, {"cells": len(cells), "columns": len(at.header)})
    if any("\x00" in cell for cell in cells):
        return Reason(CONTROL_CHARACTER)
    order_id, sku = at.text(cells, "order_id"), at.sku(cells)
    if not order_id:
        return Reason(NO_ORDER_ID)
    if not sku:
        return Reason(NO_SKU)
    for text, most, field in ((sku, MAX_SKU, "sku"), (order_id, MAX_ORDER_ID, "order_id")):
        if len(text) > most:
            return Reason(TOO_LONG, {"field": at.profile.columns[field], "most": most})
    qty = _units(at.text(cells, "quantity"), at.profile)
    if isinstance(qty, Reason):
        return qty
    return _priced(cells, at, sku, qty)


def _units(text: str, p: Profile) -> int | Reason:
    found = read.number(text, p.decimal, p.thousands)
    if found is None or found != found.to_integral_value():
        return Reason(BAD_QUANTITY, {"value": text[:60]})
    if not found:
        return Reason(ZERO_QUANTITY)
    return int(found) if abs(found) <= MAX_UNITS else Reason(ABSURD_QUANTITY, {"value": text[:60]})


def _priced(cells: Cells, at: Layout, sku: str, qty: int) -> Line | Reason:
    p = at.profile
    currency = at.text(cells, "currency").upper() or p.currency
    text, less = at.text(cells, "unit_price"), at.text(cells, "line_discount") or "0"
    price, discount = at.minor(text, currency), at.minor(less, currency)
    if price is None or discount is None:
        if read.digits(currency) is None:
            return Reason(BAD_CURRENCY, {"value": currency[:20]})
        return Reason(BAD_PRICE, {"value": (text if price is None else less)[:60], "currency": currency})
    cancels = at.cancels(cells)
    if discount and not 0 <= discount <= abs(qty) * price:
        return Reason(BAD_DISCOUNT, {"value": less[:60]})
    return Line(sku, at.text(cells, "title")[:255] or sku, qty, price, discount, currency, cancels)


def _refuse_what_is_no_sale(group: ReadGroup, at: Layout, *, historical: bool) -> None:
    """Refuses rows that could be read but are neither sale nor cancellation."""
    unpriced = (
        at.profile.stock_corrections
        and not any(at.text(cells, c) for cells in group.raw.cells for c in ("customer_id", "email"))
        and not any(line.price_minor for line in group.lines if line is not None)
    )
    for i, line in enumerate(group.lines):
        found = group.classes[i]
        if line is None or found in (RowClass.REFUSED, RowClass.NOT_A_PRODUCT):
            continue
        if line.price_minor < 0:
            group.refuse(i, Reason(NEGATIVE_PRICE, {"value": at.text(group.raw.cells[i], "unit_price")[:60]}))
        elif found is RowClass.SALE and line.qty < 0:
            group.refuse(i, Reason(NEGATIVE_SALE))
        elif found is RowClass.SALE and unpriced:
            group.refuse(i, Reason(STOCK_CORRECTION))
        elif found is RowClass.CANCELLATION and not historical:
            group.refuse(i, Reason(LIVE_CANCELLATION))
    for i in group.of(RowClass.SALE)[MAX_LINES:]:
        group.refuse(i, Reason(TOO_MANY_LINES, {"most": MAX_LINES}))


def _all_or_nothing(group: ReadGroup) -> None:
    """A live order that lacks a line would be shipped without it, so one refused row refuses the order."""
    bad = group.of(RowClass.REFUSED)
    if bad:
        for i in group.of(RowClass.SALE):
            group.refuse(i, Reason(SPOILT, {"row": group.raw.numbers[bad[0]]}))
