"""Writes to orders that change before they are picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox, search
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import LOST_RACE, Refused
from doorstep.orders import bulk, events, locks, opening, queries, recipients, rules, sent_again
from doorstep.orders.changes import Changes, Locked, NewLine, Sums
from doorstep.orders.placing import PlacedLine
from doorstep.orders.values import (
    ALREADY_CANCELLED,
    ALREADY_PICKED,
    BRINGS_AGAIN,
    BUNDLE_IN_PART,
    CREDITED,
    NO_SUCH_UNITS,
    NOTHING_LEFT,
    TOO_MANY_TAGS,
    WRONG_STATE,
    Address,
    FOState,
    LineRow,
    OrderDetail,
)

LONGEST_SEARCH, MOST_TAGS = 1000, 20


def begin(ctx: Ctx, *, order_id: int, version: int) -> Locked:
    """Locks an order that is to be changed, of which nothing is picked.  Locks: the order, then its fulfilment orders.

    Refuses: another version, cancelled orders, those of which something was picked or has left.
    """
    order = locks.order(ctx, order_id)
    locks.fulfilment_orders_of(ctx, order_id)
    if order.version != version:
        raise Refused(LOST_RACE, {"what": "order"})
    detail = queries.get(ctx, id=order_id)
    if order.state == "cancelled":
        raise Refused(ALREADY_CANCELLED, {"order": order.name})
    if order.state != "open" or order.fulfilment_state != "unfulfilled" or detail.historical:
        raise Refused(WRONG_STATE, {"order": order.name, "state": order.fulfilment_state, "what": "order"})
    if any(line.picked for line in detail.fulfilment_lines):
        raise Refused(ALREADY_PICKED, {"order": order.name})
    return Locked(detail)


def check(ctx: Ctx, *, locked: Locked, changes: Changes) -> None:
    """Refuses changes that cannot be: lines of another order, nothing left, bundles in part, fewer units than the channel
    credited, and other lines or another discount of an order that only brings units again."""
    detail = locked.detail
    here = {line.id: line for line in detail.lines}
    if changes.qty.keys() - here.keys() or any(qty < 0 for qty in changes.qty.values()):
        raise Refused(NO_SUCH_UNITS, {"order": detail.order.name})
    _check_bundles(detail.lines, changes.qty)
    if _sells_otherwise(detail, changes):
        _require_bought(ctx, detail)
    if not changes.added and not any(changes.qty.get(line.id, line.qty) for line in detail.lines):
        raise Refused(NOTHING_LEFT, {"order": detail.order.name})
    credited = db.dicts(
        """SELECT order_line_id, sum(qty)::int AS qty FROM orders_cancelledline
            WHERE organisation_id = %s AND order_line_id = ANY(%s) GROUP BY 1""",
        [ctx.organisation_id, list(here)],
    )
    for line in credited:
        if changes.qty.get(line["order_line_id"], line["qty"]) < line["qty"]:
            raise Refused(CREDITED, {"qty": line["qty"], "sku": here[line["order_line_id"]].sku})


def _check_bundles(lines: Sequence[LineRow], qty: Mapping[int, int]) -> None:
    """A bundle is changed as a whole: all its lines to as many units as some number of bundles has."""
    for inside in opening.bundles_of(lines).values():
        first = inside[0]
        wanted = qty.get(first.id, first.qty)
        bundles = wanted // first.bundle_each
        if any(qty.get(line.id, line.qty) != line.bundle_each * bundles for line in inside):
            raise Refused(BUNDLE_IN_PART, {"sku": first.sku, "bundle": first.bundle_sku})


def _sells_otherwise(detail: OrderDetail, changes: Changes) -> bool:
    other_units = any(changes.qty.get(line.id, line.qty) != line.qty for line in detail.lines)
    return other_units or bool(changes.added) or changes.charges_otherwise(detail)


def _require_bought(ctx: Ctx, detail: OrderDetail) -> None:
    """What units bring again is kept by line with what was bought, and counts there when they come back."""
    first_id = sent_again.first_of(ctx, order_id=detail.order.id)
    if first_id != detail.order.id:
        first = queries.orders_by_id(ctx, ids=[first_id])[first_id]
        raise Refused(BRINGS_AGAIN, {"order": detail.order.name, "first": first.name})


def take_off(ctx: Ctx, *, units: Sequence[tuple[int, int]]) -> None:
    """Takes units off fulfilment lines; one that has none left goes.  Shapes: (fulfilment line id, units to take)."""
    ids, qtys = [i for i, _ in units], [q for _, q in units]
    key = [ids, qtys, ctx.organisation_id]
    db.execute(
        """DELETE FROM orders_fulfilmentorderline l USING unnest(%s::bigint[], %s::int[]) u(i, q)
            WHERE l.organisation_id = %s AND l.id = u.i AND l.qty = u.q""",
        key,
    )
    db.execute(
        """UPDATE orders_fulfilmentorderline l SET qty = l.qty - u.q FROM unnest(%s::bigint[], %s::int[]) u(i, q)
            WHERE l.organisation_id = %s AND l.id = u.i AND l.qty > u.q""",
        key,
    )


def put_on(ctx: Ctx, *, order_id: int, fulfilment_order_id: int | None, lines: Sequence[PlacedLine]) -> int:
    """Adds units to a fulfilment order, or to a new one.  Returns: the fulfilment order."""
    target = fulfilment_order_id or bulk.insert_empty_fulfilment_order(ctx, order_id)
    values = [(line.line_id, line.variant_id, line.qty) for line in lines]
    db.execute(
        """INSERT INTO orders_fulfilmentorderline (organisation_id, fulfilment_order_id, order_line_id, variant_id, qty, picked)
           SELECT %s, %s, u.l, u.v, u.q, 0 FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) u(l, v, q)
           ON CONFLICT (organisation_id, fulfilment_order_id, order_line_id)
           DO UPDATE SET qty = orders_fulfilmentorderline.qty + EXCLUDED.qty""",
        [ctx.organisation_id, target, *db.columns(values, 3)],
    )
    return target


def unroute(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> None:
    """Leaves open which location fulfils these parts; a part that was begun is open again, one on hold stays so."""
    db.execute(
        """UPDATE orders_fulfilmentorder SET location_id = NULL, routed_why = '{}', updated_at = %s,
                  state = CASE WHEN state = %s THEN %s ELSE state END
            WHERE organisation_id = %s AND id = ANY(%s)""",
        [
            ctx.now, FOState.IN_PROGRESS.value, FOState.OPEN.value, ctx.organisation_id, list(fulfilment_order_ids),
        ],
    )  # fmt: skip


def drop_empty(ctx: Ctx, *, order_id: int) -> list[int]:
    """Drops fulfilment orders of an order that hold nothing any more, with their holds and parking.  Returns: those that went."""
    empty = db.column(
        """SELECT f.id FROM orders_fulfilmentorder f WHERE f.organisation_id = %s AND f.order_id = %s AND NOT EXISTS (
                  SELECT 1 FROM orders_fulfilmentorderline l WHERE l.organisation_id = f.organisation_id
                     AND l.fulfilment_order_id = f.id) ORDER BY f.id""",
        [ctx.organisation_id, order_id],
    )
    key = [ctx.organisation_id, empty]
    db.execute("DELETE FROM orders_parking WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s)", key)
    db.execute("DELETE FROM orders_hold WHERE organisation_id = %s AND fulfilment_order_id = ANY(%s)", key)
    db.execute("DELETE FROM orders_fulfilmentorder WHERE organisation_id = %s AND id = ANY(%s)", key)
    return empty


def add_lines(ctx: Ctx, *, locked: Locked, added: Sequence[NewLine]) -> list[PlacedLine]:
    """Keeps new lines of an order, after those it has.  Shapes: one per line, in order."""
    after = max((line.position for line in locked.detail.lines), default=0)
    order_id = locked.detail.order.id
    made = bulk.write_bundles(ctx, {(order_id, a.bundle.number): a.bundle for a in added if a.bundle is not None})
    ids = {number: id for (_, number), id in made.items()}
    lines = [
        (n, a.variant_id, a.sku, a.title, a.qty, a.unit_price_minor, a.discount_minor,
         a.unit_price_minor * a.qty - a.discount_minor, ids.get(a.bundle.number) if a.bundle else None, a.each)
        for n, a in enumerate(added, start=after + 1)
    ]  # fmt: skip
    found = db.dicts(
        """INSERT INTO orders_orderline (organisation_id, order_id, position, variant_id, sku, title, qty, unit_price_minor,
                                         discount_minor, total_minor, bundle_id, bundle_each)
           SELECT %s, %s, u.* FROM unnest(%s::int[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::bigint[],
                                          %s::bigint[], %s::bigint[], %s::bigint[], %s::int[]) u(p) ORDER BY u.p
           RETURNING id, variant_id, qty, position""",
        [ctx.organisation_id, order_id, *db.columns(lines, 10)],
    )
    placed = sorted(found, key=lambda line: int(line["position"]))
    return [PlacedLine(line["id"], line["variant_id"], line["qty"]) for line in placed]


def set_lines(ctx: Ctx, *, locked: Locked, qty: Mapping[int, int]) -> None:
    """Gives lines other units; a line without units goes.  Needs: its units taken off the fulfilment orders."""
    changed = [(line, qty[line.id]) for line in locked.detail.lines if line.id in qty and qty[line.id] != line.qty]
    resized = _resize_bundles(ctx, [line for line, _ in changed], qty)
    values = [(line.id, n, *resized[line.id]) for line, n in changed if n and line.id in resized]
    values += [
        (line.id, n, line.unit_price_minor, d, line.unit_price_minor * n - d)
        for line, n in changed
        if n and line.id not in resized and (d := rules.line_discount(line, n)) >= 0
    ]
    db.execute(
        """UPDATE orders_orderline l SET qty = u.q, unit_price_minor = u.m, discount_minor = u.d, total_minor = u.t
             FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) u(i, q, m, d, t)
            WHERE l.organisation_id = %s AND l.id = u.i""",
        [*db.columns(values, 5), ctx.organisation_id],
    )
    gone = [line for line, n in changed if not n]
    db.execute(
        "DELETE FROM orders_orderline WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, [line.id for line in gone]],
    )
    db.execute(
        "DELETE FROM orders_orderbundle WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, sorted({line.bundle_id for line in gone if line.bundle_id is not None})],
    )


def _resize_bundles(ctx: Ctx, changed: Sequence[LineRow], qty: Mapping[int, int]) -> dict[int, tuple[int, int, int]]:
    """Gives bundles other units.  Returns: price, discount and total of each of their lines that stays, by line."""
    found: dict[int, tuple[int, int, int]] = {}
    sizes: list[tuple[int, int]] = []
    for bundle_id, inside in opening.bundles_of(changed).items():
        bundles = qty[inside[0].id] // inside[0].bundle_each
        if bundles:
            sizes.append((bundle_id, bundles))
            shares = opening.resized(inside, bundles)
            found |= {
                line.id: (s.unit_price_minor, s.discount_minor, s.total_minor)
                for line, s in zip(inside, shares, strict=True)
            }
    db.execute(
        """UPDATE orders_orderbundle b SET qty = u.q FROM unnest(%s::bigint[], %s::int[]) u(i, q)
            WHERE b.organisation_id = %s AND b.id = u.i""",
        [*db.columns(sizes, 2), ctx.organisation_id],
    )
    return found


@transaction.atomic
def finish(ctx: Ctx, *, locked: Locked, changes: Changes, skus: Sequence[str]) -> OrderDetail:
    """Writes what the order comes to now, where it goes, and tells of the edit.

    Returns: the order as it is now.  Emits: OrderEdited with what it came to before and now.
    """
    was, id = locked.detail, locked.detail.order.id
    if changes.ship_to is not None:
        changes = replace(changes, ship_to=recipients.keep_apart(ctx, order_id=id, ship_to=changes.ship_to))
    lines = queries.lines_of(ctx, order_ids=[id])
    now = rules.reprice(
        locked.sums,
        subtotal_minor=sum(line.total_minor for line in lines),
        discount_minor=was.discount_minor if changes.discount_minor is None else changes.discount_minor,
        shipping_minor=changes.shipping_minor,
        tax_minor=changes.tax_minor,
    )
    db.execute(
        """UPDATE orders_order SET units = %s, subtotal_minor = %s, discount_minor = %s, shipping_minor = %s, tax_minor = %s,
                  total_minor = %s, version = version + 1, updated_at = %s,
                  on_hold = EXISTS (SELECT 1 FROM orders_fulfilmentorder f WHERE f.organisation_id = orders_order.organisation_id
                                       AND f.order_id = orders_order.id AND f.state = 'on_hold')
            WHERE organisation_id = %s AND id = %s""",
        [
            sum(line.qty for line in lines), now.subtotal_minor, now.discount_minor, now.shipping_minor, now.tax_minor,
            now.total_minor, ctx.now,
            ctx.organisation_id, id,
        ],
    )  # fmt: skip
    if changes.ship_to is not None:
        _send_to(ctx, id, changes.ship_to)
    _find_by(ctx, id, rules.search_words(changes.ship_to, skus))
    outbox.record(ctx, [Happened(events.ORDER_EDITED, f"order:{id}", f"order:{id}", _told(locked, changes, now))])
    return queries.get(ctx, id=id)


def _told(locked: Locked, changes: Changes, now: Sums) -> dict[str, Any]:
    was = locked.detail
    lines = [
        {"sku": line.sku, "was": line.qty, "is": changes.qty[line.id]}
        for line in was.lines
        if line.bundle_id is None and changes.qty.get(line.id, line.qty) != line.qty
    ]
    lines += [
        {"sku": first.bundle_sku, "was": first.bundle_qty, "is": changes.qty[first.id] // first.bundle_each}
        for first, *_ in opening.bundles_of(was.lines).values()
        if changes.qty.get(first.id, first.qty) != first.qty
    ]
    sold = {a.bundle.number: a.bundle for a in changes.added if a.bundle is not None}
    lines += [{"sku": of.sku, "was": 0, "is": of.qty} for of in sold.values()]
    lines += [{"sku": a.sku, "was": 0, "is": a.qty} for a in changes.added if a.bundle is None]
    return {
        "lines": lines[:50], "currency": was.order.currency, "total_was_minor": was.order.total_minor,
        "total_minor": now.total_minor, "difference_minor": now.total_minor - was.order.total_minor,
        "discount_was_minor": was.discount_minor, "discount_minor": now.discount_minor,
        "address_was": was.ship_to if changes.ship_to else None,
        "address": changes.ship_to.as_dict() if changes.ship_to else None, "paid_back": changes.paid_back,
    }  # fmt: skip


def _send_to(ctx: Ctx, id: int, address: Address) -> None:
    db.execute(
        """UPDATE orders_order SET ship_to = %s::jsonb, country = %s, postal_code = %s
            WHERE organisation_id = %s AND id = %s""",
        [db.as_json(address.as_dict()), address.country, address.postal_code, ctx.organisation_id, id],
    )


def _find_by(ctx: Ctx, id: int, words: str) -> None:
    """A search also finds the order by what it is now."""
    if not words:
        return
    key = [ctx.organisation_id, id]
    text = str(db.scalar("SELECT search FROM orders_order WHERE organisation_id = %s AND id = %s", key))
    found = " ".join(dict.fromkeys([*text.split(), *words.split()]))[:LONGEST_SEARCH]
    db.execute("UPDATE orders_order SET search = %s WHERE organisation_id = %s AND id = %s", [found, *key])
    grams = list(search.grams_of(found))
    db.execute("UPDATE orders_ordersearch SET grams = %s WHERE organisation_id = %s AND order_id = %s", [grams, *key])


@transaction.atomic
def tag(ctx: Ctx, *, order_id: int, add: str = "", drop: str = "") -> bool:
    """Puts one tag on an order, or takes one off.  Returns: whether that changed anything.

    Locks: the order.  Emits: OrderNoteChanged.  Refuses: unknown ids, more than 20 tags.
    """
    locks.order(ctx, order_id)
    detail = queries.get(ctx, id=order_id)
    was = detail.order.tags
    tags = [one for one in was if one != drop] + ([add] if add and add not in was else [])
    if tags == was:
        return False
    if len(tags) > MOST_TAGS:
        raise Refused(TOO_MANY_TAGS, {"order": detail.order.name, "most": MOST_TAGS})
    db.execute(
        """UPDATE orders_order SET tags = %s, version = version + 1, updated_at = %s WHERE organisation_id = %s AND id = %s""",
        [tags, ctx.now, ctx.organisation_id, order_id],
    )
    data = {"note": detail.note, "tags": tags}
    outbox.record(ctx, [Happened(events.NOTE_CHANGED, f"order:{order_id}", f"order:{order_id}", data)])
    return True


@transaction.atomic
def note_split(
    ctx: Ctx, *, locked: Locked, fulfilment_order_id: int, location_id: int | None, units: int, note: str = ""
) -> None:
    """Notes that a person moved units of an order to another location, or into a part of their own.

    Emits: OrderSplit; OrderParted where no location is chosen yet.
    """
    id = locked.detail.order.id
    db.execute(
        "UPDATE orders_order SET version = version + 1, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [ctx.now, ctx.organisation_id, id],
    )
    data = {"location_id": location_id, "units": units, "note": note[:500]}
    type = events.ORDER_PARTED if location_id is None else events.ORDER_SPLIT
    outbox.record(ctx, [Happened(type, f"fulfilment_order:{fulfilment_order_id}", f"order:{id}", data)])
