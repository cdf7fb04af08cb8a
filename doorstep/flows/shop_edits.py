"""A shop changed an order that is here: the change is taken over, as far as the floor has not begun it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from doorstep.base.ctx import Ctx
from doorstep.channels.port import ADDRESS_WITHHELD
from doorstep.flows import edit_order
from doorstep.flows.edit_order import Added, Edit, Effects
from doorstep.orders import actions as orders
from doorstep.orders import queries, rules
from doorstep.orders.opening import SoldLine, as_sold
from doorstep.orders.values import Address, LineDraft, OrderDetail, OrderDraft


def follow(ctx: Ctx, *, order_id: int, draft: OrderDraft, taken: Mapping[str, int]) -> Effects:
    """Makes an order what its shop says it is: units, lines, discount, shipping, tax and address, in one transaction with stock and
    money.

    Of an order from which units were taken off the tax is reckoned: the shop still says that of the whole.
    `taken`: units by SKU that were taken off for refunds of the shop, which tells of the order as it was sold.
    Locks, Emits, Refuses: as `edit_order.apply`, above all orders of which something is picked.
    """
    detail = queries.get(ctx, id=order_id)
    edit = difference(detail, less(draft, taken), is_whole=not any(taken.values()))
    effects = edit_order.apply(ctx, order_id=order_id, version=detail.version, edit=edit)
    orders.note_told(ctx, order_id=order_id, body_hash=rules.body_hash(draft))
    return effects


def less(draft: OrderDraft, taken: Mapping[str, int]) -> OrderDraft:
    """An order as it was sold, less units that were taken off it; the last lines of a SKU lose theirs first."""
    gone = Counter(taken)
    lines: list[LineDraft] = []
    for line in reversed(draft.lines):
        off = min(gone[line.sku], line.qty)
        gone[line.sku] -= off
        if off < line.qty:
            kept = line.qty - off
            lines.append(replace(line, qty=kept, discount_minor=line.discount_minor * kept // line.qty) if off else line)
    return replace(draft, lines=lines[::-1])


def difference(detail: OrderDetail, draft: OrderDraft, *, is_whole: bool = True) -> Edit:
    """What makes an order that is here the one that the shop tells.  A line at another price is taken off and put on anew.

    `is_whole`: its tax is that of these lines.  Where prices came to include their tax, or no longer do, shipping and tax stay.
    """
    is_alike = detail.taxes_included == draft.taxes_included
    here = as_sold(detail.lines)
    left = Counter[tuple[str, int]]()
    for line in draft.lines:
        left[line.sku, line.unit_price.minor] += line.qty
    units: dict[int, int] = {}
    for sold in here:
        key = (sold.sku, sold.unit_price_minor)
        keeps = min(left[key], sold.qty)
        left[key] -= keeps
        units |= units_of(sold, keeps)
    # What is more than there was goes on top of the last line of its kind, else becomes a line of its own.
    for sold in reversed(here):
        key = (sold.sku, sold.unit_price_minor)
        if left[key] > 0:
            units |= units_of(sold, left[key] + _kept(sold, units))
            left[key] = 0
    changed = {id: qty for id, qty in units.items() if qty != _qty_of(detail, id)}
    return Edit(
        qty=changed,
        added=tuple(_added(draft.lines, left)),
        discount_minor=draft.discount_minor if draft.discount_minor != detail.discount_minor else None,
        shipping_minor=draft.shipping_minor if is_alike and draft.shipping_minor != detail.shipping_minor else None,
        tax_minor=draft.tax_minor if is_alike and is_whole else None,
        ship_to=None if draft.keep_days or ADDRESS_WITHHELD in draft.tags else _moved(detail, draft.ship_to),
    )


def units_of(sold: SoldLine, qty: int) -> dict[int, int]:
    """New units by line: a bundle changes as a whole."""
    if not sold.inside:
        return {sold.line_id: qty}
    return {line.id: line.bundle_each * qty for line in sold.inside}


def _kept(sold: SoldLine, units: Mapping[int, int]) -> int:
    return units[sold.line_id] // (sold.inside[0].bundle_each if sold.inside else 1)


def _qty_of(detail: OrderDetail, line_id: int) -> int:
    return next(line.qty for line in detail.lines if line.id == line_id)


def _added(lines: Sequence[LineDraft], left: Counter[tuple[str, int]]) -> list[Added]:
    found = []
    for line in lines:
        key = (line.sku, line.unit_price.minor)
        if left[key] > 0:
            found.append(Added(line.sku, left[key], line.unit_price.minor, line.discount_minor if left[key] == line.qty else 0))
            left[key] = 0
    return found


def _moved(detail: OrderDetail, told: Address) -> Address | None:
    """Where it goes now, if that is elsewhere."""
    return None if told.as_dict() == detail.ship_to else told
