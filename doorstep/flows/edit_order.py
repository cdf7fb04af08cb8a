"""Orders change before they are picked: lines, stock, money and route in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db import transaction

from doorstep.base import money
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.flows import bundles, day_capacity, waiting
from doorstep.flows.intake import places_by_country
from doorstep.flows.route import route
from doorstep.flows.waiting import Waiting
from doorstep.fulfilment import actions as floor
from doorstep.fulfilment.warehouses import requests
from doorstep.locations import queries as locations
from doorstep.orders import actions as orders
from doorstep.orders import edits, queries, rules
from doorstep.orders.actions import Assignment, PartPlan
from doorstep.orders.changes import Changes, Locked, NewLine
from doorstep.orders.opening import as_sold
from doorstep.orders.placing import PlacedLine
from doorstep.orders.values import (
    ALREADY_PICKED,
    NO_SUCH_UNITS,
    NOT_ROUTED,
    TOO_MANY_UNITS,
    Address,
    FOLineRow,
    FORow,
    FOState,
    HoldReason,
    LineDraft,
    OrderDetail,
    PaymentState,
)
from doorstep.routing import exclusions
from doorstep.shipping import queries as parcels
from doorstep.stock import actions as stock
from doorstep.stock import locks
from doorstep.stock.values import Group, Pin, Short, Want

MOST_LINES, MOST_UNITS = 500, 1_000_000
Follows = Literal["nothing", "collect", "give_back", "awaited"]


@dataclass(frozen=True, slots=True)
class Added:
    """Units of a product that shall come in addition; without a price the product's own counts.  The discount is for all."""

    sku: str
    qty: int
    unit_price_minor: int | None = None
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person wants of an order.  `qty`: new units by order line, none for a line that goes.

    `paid_back`: whoever took the money gave back already what shall be given back for it.  `shipping_minor`, `tax_minor`: what its
    seller says that they are now; None leaves the shipping, and reckons the tax.
    """

    qty: Mapping[int, int] = field(default_factory=dict)
    added: tuple[Added, ...] = ()
    discount_minor: int | None = None
    ship_to: Address | None = None
    paid_back: bool = False
    shipping_minor: int | None = None
    tax_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """What an edit does.  Units by variant; `follows`: what has to happen with the difference in money."""

    before: OrderDetail
    after: OrderDetail
    promised: Mapping[int, int]
    released: Mapping[int, int]
    short: Mapping[int, int]
    rerouted: bool

    @property
    def difference_minor(self) -> int:
        return self.after.order.total_minor - self.before.order.total_minor

    @property
    def follows(self) -> Follows:
        if not self.difference_minor:
            return "nothing"
        if self.before.order.payment_state == PaymentState.PENDING:
            return "awaited"
        return "collect" if self.difference_minor > 0 else "give_back"


@dataclass(slots=True)
class _Moves:
    promised: Counter[int] = field(default_factory=Counter)
    released: Counter[int] = field(default_factory=Counter)
    short: Counter[int] = field(default_factory=Counter)


@transaction.atomic
def preview(ctx: Ctx, *, order_id: int, version: int, edit: Edit) -> Effects:
    """What `apply` would do now: the very same steps, taken back afterwards.  Refuses: as `apply`."""
    effects = apply(ctx, order_id=order_id, version=version, edit=edit)
    transaction.set_rollback(True)
    return effects


@transaction.atomic
def apply(ctx: Ctx, *, order_id: int, version: int, edit: Edit) -> Effects:
    """Changes an order of which nothing is picked.

    Fewer units are given back, more are promised where there are any; what there is none of waits in a part of its own, held
    for stock. Where units or the country change, the parts are taken off their pick lists and routed anew. The money is
    computed and told, see `orders.rules.reprice`; nobody is charged or paid by this.

    Locks: days that may be full, pick lists, the order and its fulfilment orders, pool rows of all variants, reservations, levels.
    Emits: OrderEdited, OrderRouted, OrderHeld, StockArrived.
    Refuses: another version, orders that are picked, shipped or cancelled, unknown lines and SKUs, nothing left, and other
    units or another discount of an order that only brings units again; other units or another address of what another's
    warehouse has.
    """
    parts = queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    was = queries.get(ctx, id=order_id)
    changes = _read(ctx, was, edit)
    replan = _is_replanned(was, changes)
    if replan:
        day_capacity.lock(ctx)
        floor.withdraw(ctx, fulfilment_order_ids=[part.id for part in parts], only_untouched=True)
    locked = edits.begin(ctx, order_id=order_id, version=version)
    edits.check(ctx, locked=locked, changes=changes)
    if parcels.parcels_of(ctx, order_ids=[order_id]):
        raise Refused(ALREADY_PICKED, {"order": was.order.name})
    if replan or changes.ship_to is not None:
        let_go = requests.let_go if replan else requests.require_untold
        let_go(ctx, fulfilment_order_ids=[part.id for part in locked.detail.fulfilment_orders])
    moves = _Moves()
    if not replan and changes.ship_to is None and not changes.charges_otherwise(was):
        return Effects(locked.detail, locked.detail, {}, {}, {}, False)
    if replan:
        _replan(ctx, locked, changes, moves)
    after = edits.finish(ctx, locked=locked, changes=changes, skus=_words(changes.added))
    if replan:
        route(ctx, order_ids=[order_id])
        after = queries.get(ctx, id=order_id)
    return Effects(locked.detail, after, moves.promised, moves.released, moves.short, replan)


def lock(ctx: Ctx, *, order_ids: Sequence[int]) -> None:
    """Has orders change in several steps of one transaction.

    Locks: days that may be full, pick lists, then the orders and their fulfilment orders.
    """
    if order_ids:
        day_capacity.lock(ctx)
    parts = queries.fulfilment_orders_of(ctx, order_ids=order_ids) if order_ids else []
    floor.lock(ctx, fulfilment_order_ids=[part.id for part in parts])


def change_address(ctx: Ctx, *, order_id: int, version: int, ship_to: Address) -> Effects:
    """Sends an order elsewhere; as `apply`."""
    return apply(ctx, order_id=order_id, version=version, edit=Edit(ship_to=ship_to))


def _is_replanned(was: OrderDetail, changes: Changes) -> bool:
    moved = changes.ship_to is not None and changes.ship_to.country != was.order.country
    return moved or bool(changes.added) or any(changes.qty.get(line.id, line.qty) != line.qty for line in was.lines)


def _read(ctx: Ctx, was: OrderDetail, edit: Edit) -> Changes:
    """The wish with its products found and its numbers looked at."""
    units = [*edit.qty.values(), *(a.qty for a in edit.added)]
    if any(not 0 <= n <= MOST_UNITS for n in units) or any(a.qty < 1 for a in edit.added):
        raise Refused(INVALID, {"field": "qty", "problem": gettext_noop("This is not a number of units.")})
    if len(as_sold(was.lines)) + len(edit.added) > MOST_LINES:
        raise Refused(INVALID, {"field": "sku", "problem": gettext_noop("An order has at most 500 lines.")})
    if edit.discount_minor is not None and not 0 <= edit.discount_minor < 10**15:
        raise Refused(INVALID, {"field": "discount", "problem": gettext_noop("This is not an amount.")})
    if any(one is not None and not 0 <= one < 10**15 for one in (edit.shipping_minor, edit.tax_minor)):
        raise Refused(INVALID, {"field": "shipping", "problem": gettext_noop("This is not an amount.")})
    for line in was.lines:
        _check_worth(line.unit_price_minor, edit.qty.get(line.id, 0))
    return Changes(
        qty=dict(edit.qty),
        added=tuple(_new_lines(ctx, was, edit.added)),
        discount_minor=edit.discount_minor,
        ship_to=None if edit.ship_to is None else rules.check_address(edit.ship_to),
        paid_back=edit.paid_back,
        shipping_minor=edit.shipping_minor,
        tax_minor=edit.tax_minor,
    )


def _new_lines(ctx: Ctx, was: OrderDetail, added: Sequence[Added]) -> list[NewLine]:
    known = catalog.find_variants(ctx, skus=sorted({a.sku for a in added}))
    wanted = []
    for a in added:
        row = known.get(a.sku)
        if row is None:
            raise Refused(INVALID, {"field": "sku", "problem": gettext_noop("No product has this SKU.")})
        price = row.price_minor if a.unit_price_minor is None and row.currency == was.order.currency else a.unit_price_minor
        if price is None or not 0 <= price < 10**15:
            problem = gettext_noop("Give a price in the currency of the order.")
            raise Refused(INVALID, {"field": "price", "problem": problem})
        _check_worth(price, a.qty)
        wanted.append(LineDraft(row.sku, a.qty, Money(price, was.order.currency), row.title[:255], a.discount_minor))
    after = max((line.bundle_number for line in was.lines), default=0)
    opened = bundles.open_lines(ctx, lines=wanted, known=known, after=after)
    if sum(line.qty for line, _ in opened) > bundles.MOST_UNITS:
        raise Refused(TOO_MANY_UNITS)
    return [
        NewLine(id, line.sku, line.title, line.qty, line.unit_price.minor, line.discount_minor, line.bundle, line.each)
        for line, id in opened
    ]


def _words(added: Sequence[NewLine]) -> list[str]:
    """The SKUs by which the order is found from now on: of bundles, and of what is in them."""
    return list(dict.fromkeys([line.bundle.sku for line in added if line.bundle] + [line.sku for line in added]))


def _check_worth(price_minor: int, qty: int) -> None:
    if price_minor * qty > money.MAX_MINOR:
        raise Refused(INVALID, {"field": "qty", "problem": gettext_noop("This is worth more than can be kept.")})


def _replan(ctx: Ctx, locked: Locked, changes: Changes, moves: _Moves) -> None:
    """Gives back, promises, and leaves open where what is promised comes from."""
    detail = locked.detail
    locks.pool_rows(ctx, {line.variant_id for line in detail.lines} | {line.variant_id for line in changes.added})
    short = {hold.fulfilment_order_id for hold in detail.holds if hold.reason == HoldReason.INVENTORY_OUT_OF_STOCK}
    parts = {part.id: part for part in detail.fulfilment_orders}
    _take_off(ctx, locked, changes, parts, short, moves)
    _unroute(ctx, parts, short)
    edits.set_lines(ctx, locked=locked, qty=changes.qty)
    more = [
        PlacedLine(line.id, line.variant_id, more)
        for line in detail.lines
        if (more := changes.qty.get(line.id, line.qty) - line.qty) > 0
    ]
    placed = edits.add_lines(ctx, locked=locked, added=changes.added)
    more += placed
    together = {line.id: (0, line.bundle_id or 0) for line in detail.lines if line.bundle_id is not None}
    together |= {p.line_id: (1, a.bundle.number) for p, a in zip(placed, changes.added, strict=True) if a.bundle is not None}
    country = changes.ship_to.country if changes.ship_to else detail.order.country
    alike: dict[tuple[int, int], list[PlacedLine]] = {}
    for line in more:
        alike.setdefault(together.get(line.line_id, (2, line.line_id)), []).append(line)
    _put_on(ctx, locked, list(alike.values()), country, short, moves)
    edits.drop_empty(ctx, order_id=detail.order.id)
    waiting.fit(ctx, order_id=detail.order.id, fulfilment_order_ids=sorted(short))


def _take_off(
    ctx: Ctx, locked: Locked, changes: Changes, parts: Mapping[int, FORow], short: set[int], moves: _Moves
) -> None:
    """Takes units that are no longer wanted off the parts, those that wait for stock first, and gives the others back."""
    off: list[tuple[FOLineRow, int]] = []
    for line in locked.detail.lines:
        fewer = line.qty - changes.qty.get(line.id, line.qty)
        mine = [f for f in locked.detail.fulfilment_lines if f.order_line_id == line.id]
        for f in sorted(mine, key=lambda f: (f.fulfilment_order_id not in short, -f.fulfilment_order_id)):
            taken = min(max(fewer, 0), f.qty)
            fewer -= taken
            if taken:
                off.append((f, taken))
    gone = [f.id for f, taken in off if taken == f.qty]
    if not floor.forget(ctx, fulfilment_line_ids=gone):
        raise Refused(ALREADY_PICKED, {"order": locked.detail.order.name})
    edits.take_off(ctx, units=[(f.id, taken) for f, taken in off])
    for location_id in sorted({parts[f.fulfilment_order_id].location_id for f, _ in off}, key=lambda at: at or 0):
        wants = [
            Want(f.order_line_id, f.variant_id, taken)
            for f, taken in off
            if f.fulfilment_order_id not in short and parts[f.fulfilment_order_id].location_id == location_id
        ]
        stock.release_from(ctx, wants=wants, location_id=location_id, reason="order_edited")
        for want in wants:
            moves.released[want.variant_id] += want.qty


def _unroute(ctx: Ctx, parts: Mapping[int, FORow], short: set[int]) -> None:
    """What is still promised from a place is promised from anywhere."""
    routed = [part for part in parts.values() if part.location_id is not None and part.id not in short]
    for part in routed:
        lines = queries.fulfilment_lines_of(ctx, fulfilment_order_ids=[part.id])
        wants = [Want(line.order_line_id, line.variant_id, line.qty) for line in lines]
        if wants and part.location_id is not None:
            stock.unpin(ctx, wants=wants, location_id=part.location_id)
    edits.unroute(ctx, fulfilment_order_ids=[part.id for part in routed])


def _put_on(
    ctx: Ctx, locked: Locked, more: Sequence[Sequence[PlacedLine]], country: str, short: set[int], moves: _Moves
) -> None:
    """Promises what came in addition, each line for itself and the lines of one bundle together; what there is none of
    waits in a part that is held."""
    if not more:
        return
    places = places_by_country(ctx, {country})[country]
    groups = [Group(tuple(Want(line.line_id, line.variant_id, line.qty) for line in alike), places) for alike in more]
    lacking: list[Short] = []
    served: list[PlacedLine] = []
    short_of: list[PlacedLine] = []
    for alike, shorts in zip(more, stock.take(ctx, groups=groups), strict=True):
        (short_of if shorts else served).extend(alike)
        for line in alike:
            (moves.short if shorts else moves.promised)[line.variant_id] += line.qty
        lacking += shorts
    order_id = locked.detail.order.id
    live = [part.id for part in locked.detail.fulfilment_orders]
    if served:
        target = next((id for id in live if id not in short), None)
        edits.put_on(ctx, order_id=order_id, fulfilment_order_id=target, lines=served)
    if short_of:
        held = edits.put_on(
            ctx, order_id=order_id, fulfilment_order_id=next((id for id in live if id in short), None), lines=short_of
        )
        short.add(held)
        wants = tuple(Want(line.line_id, line.variant_id, line.qty) for line in short_of)
        part = Waiting(held, wants, tuple(lacking), ctx.now, locked.detail.order.priority)
        orders.hold(ctx.as_actor(SYSTEM), wishes=waiting.wait(ctx, parts=[part]))


@transaction.atomic
def split(
    ctx: Ctx, *, order_id: int, version: int, fulfilment_order_id: int, units: Mapping[int, int], location_id: int, note: str = ""
) -> int:
    """Lets another location fulfil some units of a part, or all of it, even one that was excluded for them before.

    Returns: the fulfilment order that is fulfilled there.  Shapes: `units` by order line.  `note`: why.
    Locks: pick lists, the order and its fulfilment orders, reservations, pool rows, levels.
    Emits: OrderSplit, OrderRouted.
    Refuses: another version, parts that are held, picked or not routed, units that are not there, places without stock.
    """
    floor.withdraw(ctx, fulfilment_order_ids=[fulfilment_order_id], only_untouched=True)
    detail = queries.get(ctx, id=order_id)
    locked = edits.begin(ctx, order_id=order_id, version=version)
    part = next((part for part in locked.detail.fulfilment_orders if part.id == fulfilment_order_id), None)
    if part is None:
        raise Refused(NOT_FOUND, {"what": "fulfilment order", "key": fulfilment_order_id})
    if part.location_id is None or part.state not in (FOState.OPEN, FOState.IN_PROGRESS):
        raise Refused(NOT_ROUTED, {"order": detail.order.name})
    to = locations.get(ctx, location_id=location_id)
    if to.id == part.location_id:
        raise Refused(INVALID, {"field": "location", "problem": gettext_noop("It is fulfilled there already.")})
    plan = _units(locked, part, units)
    requests.let_go(ctx, fulfilment_order_ids=[part.id])
    wants = [Want(p.order_line_id, p.variant_id, p.qty) for p in plan]
    locks.pool_rows(ctx, {want.variant_id for want in wants})
    exclusions.lift(ctx, order_line_ids=[want.reference_id for want in wants], location_id=to.id)
    target = orders.send_back(ctx, fulfilment_order_id=part.id, parts=plan)
    stock.unpin(ctx, wants=wants, location_id=part.location_id)
    stock.pin(ctx, pins=[Pin(w.reference_id, w.variant_id, to.id, w.qty) for w in wants])
    orders.assign(ctx, assignments=[Assignment(target, order_id, ((to.id, tuple(plan)),), {"why": "by_hand"})])
    day_capacity.note_now(ctx, given=[(target, to.id)])
    edits.note_split(
        ctx, locked=locked, fulfilment_order_id=target, location_id=to.id, units=sum(want.qty for want in wants), note=note
    )
    return target


def _units(locked: Locked, part: FORow, units: Mapping[int, int]) -> list[PartPlan]:
    lines = {x.order_line_id: x for x in locked.detail.fulfilment_lines if x.fulfilment_order_id == part.id}
    wanted = {id: n for id, n in units.items() if n}
    if not wanted or any(id not in lines or not 0 < n <= lines[id].qty for id, n in wanted.items()):
        raise Refused(NO_SUCH_UNITS, {"order": locked.detail.order.name})
    return [PartPlan(id, lines[id].variant_id, n) for id, n in sorted(wanted.items())]
