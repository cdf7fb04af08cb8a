"""Reads of lots and serial numbers: where they lie, when they expire, which orders got them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.stock.inbound.reads import like
from doorstep.stock.tracked import rows, rules
from doorstep.stock.tracked.values import (
    LotFilter,
    LotKind,
    LotLevelRow,
    LotMovementRow,
    LotRow,
    PickedLot,
    TrackingRow,
    WentRow,
)
from doorstep.stock.values import Want

_LOT = """
SELECT t.id, t.variant_id, t.kind, t.code, t.expires_on, t.parent_id, t.created_at, n.on_hand, n.set_aside
  FROM stock_lot t CROSS JOIN LATERAL (
       SELECT COALESCE(sum(on_hand), 0)::int AS on_hand, COALESCE(sum(set_aside), 0)::int AS set_aside
         FROM stock_lotlevel l WHERE l.organisation_id = t.organisation_id AND l.lot_id = t.id
          AND (%(location)s = 0 OR l.location_id = %(location)s)) n
"""
_SOON = """t.expires_on BETWEEN %(today)s AND %(today)s + COALESCE((
    SELECT k.warn_days FROM stock_tracking k WHERE k.organisation_id = t.organisation_id AND k.variant_id = t.variant_id), 30)"""
_VIEWS = {
    "": "n.on_hand > 0",
    "expired": "n.on_hand > 0 AND t.expires_on < %(today)s",
    "soon": f"n.on_hand > 0 AND {_SOON}",
    "gone": "n.on_hand = 0",
    "all": "TRUE",
}
NEVER = date(9999, 12, 31)


def tracking_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, TrackingRow]:
    """How variants are tracked; those that are not stand there with nothing switched on."""
    found = rows.tracking_of(ctx, variant_ids)
    return {id: found.get(id) or TrackingRow(id) for id in variant_ids}


def list_lots(ctx: Ctx, *, where: LotFilter, after: tuple[date, int] | None = None, limit: int = 50) -> list[LotRow]:
    """Lots and serial numbers, the first to expire first; the text is part of a code, a SKU or a title.

    Shapes: keyset-paged by (expires_on, id), where a lot without a date has `NEVER`.
    """
    key = after or (date.min, 0)
    return db.rows(
        LotRow,
        f"""{_LOT} JOIN catalog_variant v ON v.organisation_id = t.organisation_id AND v.id = t.variant_id
              JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
             WHERE t.organisation_id = %(org)s AND {_VIEWS[where.view]}
               AND (COALESCE(t.expires_on, %(never)s), t.id) > (%(on)s, %(id)s)
               AND (%(variant)s = 0 OR t.variant_id = %(variant)s)
               AND (%(location)s = 0 OR n.on_hand > 0)
               AND (%(text)s = '' OR t.code ILIKE %(like)s OR v.sku ILIKE %(like)s OR p.title ILIKE %(like)s)
             ORDER BY COALESCE(t.expires_on, %(never)s), t.id LIMIT %(limit)s""",
        {
            "org": ctx.organisation_id, "today": where.today, "never": NEVER, "on": key[0], "id": key[1],
            "variant": where.variant_id, "location": where.location_id, "text": where.text, "like": like(where.text),
            "limit": limit,
        },
    )  # fmt: skip


def count_expiring(ctx: Ctx, *, today: date) -> dict[str, int]:
    """How many lots that lie here have expired, and how many expire soon."""
    found = db.dicts(
        f"""SELECT count(*) FILTER (WHERE t.expires_on < %(today)s) AS expired, count(*) FILTER (WHERE {_SOON}) AS soon
              FROM stock_lot t WHERE t.organisation_id = %(org)s AND t.expires_on IS NOT NULL
               AND EXISTS (SELECT 1 FROM stock_lotlevel l WHERE l.organisation_id = t.organisation_id AND l.lot_id = t.id
                              AND l.on_hand > 0)""",
        {"org": ctx.organisation_id, "today": today},
    )[0]
    return {"expired": int(found["expired"]), "soon": int(found["soon"])}


def lots_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, LotRow]:
    """The lots that have these ids; others are left out."""
    found = db.rows(
        LotRow,
        _LOT + " WHERE t.organisation_id = %(org)s AND t.id = ANY(%(ids)s)",
        {"org": ctx.organisation_id, "ids": list(ids), "location": 0},
    )
    return {row.id: row for row in found}


def get_lot(ctx: Ctx, *, lot_id: int) -> LotRow:
    """One lot or serial number.  Refuses: unknown ids."""
    found = lots_by_id(ctx, ids=[lot_id]).get(lot_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "lot", "key": lot_id})
    return found


def serials_of(ctx: Ctx, *, lot_id: int, limit: int = 200) -> list[LotRow]:
    """The serial numbers of a lot, by number."""
    return db.rows(
        LotRow,
        _LOT + " WHERE t.organisation_id = %(org)s AND t.parent_id = %(id)s ORDER BY t.code LIMIT %(limit)s",
        {"org": ctx.organisation_id, "id": lot_id, "limit": limit, "location": 0},
    )


def levels_of_lots(ctx: Ctx, *, lot_ids: Sequence[int]) -> list[LotLevelRow]:
    """Where lots lie, by lot and location; nothing is said of places where none is left."""
    return db.rows(
        LotLevelRow,
        rows.LEVEL
        + " WHERE l.organisation_id = %s AND l.lot_id = ANY(%s) AND l.on_hand > 0 ORDER BY l.lot_id, l.location_id",
        [ctx.organisation_id, list(lot_ids)],
    )


def lots_at(ctx: Ctx, *, variant_ids: Sequence[int], location_id: int | None = None) -> list[LotLevelRow]:
    """The lots of variants, by location and in the order in which they should go."""
    found = db.rows(
        LotLevelRow,
        rows.LEVEL
        + """ WHERE l.organisation_id = %s AND l.variant_id = ANY(%s) AND l.on_hand > 0
                AND (%s::bigint IS NULL OR l.location_id = %s)""",
        [ctx.organisation_id, list(variant_ids), location_id, location_id],
    )
    first = rules.first_expired(found, ctx.now.date())
    return sorted(first, key=lambda at: (at.variant_id, at.location_id))


@dataclass(frozen=True, slots=True)
class Without:
    """Units in a place of which it is not known which lot or which serial numbers they are.  Units: whole units."""

    variant_id: int
    location_id: int
    lot: int
    serial: int


def without_lot(ctx: Ctx, *, variant_ids: Sequence[int]) -> list[Without]:
    """Where units of tracked variants lie without what they are tracked by."""
    return db.rows(
        Without,
        """SELECT s.variant_id, s.location_id, CASE WHEN k.by_lot THEN s.on_hand - n.lots ELSE 0 END AS lot,
                  CASE WHEN k.by_serial THEN s.on_hand - n.serials ELSE 0 END AS serial
             FROM stock_tracking k JOIN stock_level s ON s.organisation_id = k.organisation_id AND s.variant_id = k.variant_id
            CROSS JOIN LATERAL (
                  SELECT COALESCE(sum(l.on_hand) FILTER (WHERE t.kind = 'lot'), 0)::int AS lots,
                         COALESCE(sum(l.on_hand) FILTER (WHERE t.kind = 'serial'), 0)::int AS serials
                    FROM stock_lotlevel l JOIN stock_lot t ON t.organisation_id = l.organisation_id AND t.id = l.lot_id
                   WHERE l.organisation_id = s.organisation_id AND l.variant_id = s.variant_id
                     AND l.location_id = s.location_id) n
            WHERE k.organisation_id = %s AND k.variant_id = ANY(%s)
              AND ((k.by_lot AND s.on_hand > n.lots) OR (k.by_serial AND s.on_hand > n.serials))
            ORDER BY s.variant_id, s.location_id""",
        [ctx.organisation_id, list(variant_ids)],
    )


def movements_of_lot(ctx: Ctx, *, lot_id: int, limit: int = 200) -> list[LotMovementRow]:
    """The ledger of a lot, newest first."""
    return db.rows(
        LotMovementRow,
        """SELECT id, lot_id, location_id, kind, on_hand, set_aside, assumed, reason, reference, actor_name, at
             FROM stock_lotmovement WHERE organisation_id = %s AND lot_id = %s ORDER BY id DESC LIMIT %s""",
        [ctx.organisation_id, lot_id, limit],
    )


def went_to(ctx: Ctx, *, lot_id: int) -> list[WentRow]:
    """To which order lines units of a lot were shipped, first to last: whom to call back."""
    return db.rows(
        WentRow,
        """SELECT lot_id, split_part(reference, ':', 2)::bigint AS order_line_id, -sum(on_hand)::int AS qty,
                  bool_or(assumed) AS assumed, min(at) AS at
             FROM stock_lotmovement
            WHERE organisation_id = %s AND lot_id = %s AND kind = 'sale' AND reference LIKE 'order_line:%%'
            GROUP BY 1, 2 HAVING sum(on_hand) < 0 ORDER BY min(id)""",
        [ctx.organisation_id, lot_id],
    )


def lots_of_lines(ctx: Ctx, *, order_line_ids: Sequence[int]) -> list[WentRow]:
    """Which lots were shipped for these order lines."""
    return db.rows(
        WentRow,
        """SELECT lot_id, split_part(reference, ':', 2)::bigint AS order_line_id, -sum(on_hand)::int AS qty,
                  bool_or(assumed) AS assumed, min(at) AS at
             FROM stock_lotmovement WHERE organisation_id = %s AND kind = 'sale' AND reference = ANY(%s)
            GROUP BY 1, 2 HAVING sum(on_hand) < 0 ORDER BY 2, min(id)""",
        [ctx.organisation_id, [f"order_line:{id}" for id in order_line_ids]],
    )


def picked_for(ctx: Ctx, *, order_line_ids: Sequence[int]) -> list[PickedLot]:
    """Which lots somebody took for order lines that have not left yet."""
    return db.rows(
        PickedLot,
        """SELECT k.order_line_id, k.lot_id, t.kind, t.code, k.qty FROM stock_lotpick k
             JOIN stock_lot t ON t.organisation_id = k.organisation_id AND t.id = k.lot_id
            WHERE k.organisation_id = %s AND k.order_line_id = ANY(%s) ORDER BY k.order_line_id, k.id""",
        [ctx.organisation_id, list(order_line_ids)],
    )


def suggest(ctx: Ctx, *, location_id: int, wants: Sequence[Want]) -> Mapping[int, list[tuple[LotLevelRow, int]]]:
    """From which lots in a place each reference should be served, first expired first out.

    Shapes: (lot, units) per reference, in the order of the wants; a reference whose units have no lot is left out.
    """
    levels = lots_at(ctx, variant_ids=sorted({want.variant_id for want in wants}), location_id=location_id)
    good = [at for at in levels if at.kind == LotKind.LOT and not at.is_expired(ctx.now.date())]
    left = {at.lot_id: at.free for at in good}
    found: dict[int, list[tuple[LotLevelRow, int]]] = {}
    for want in wants:
        qty = want.qty
        for at in good:
            taken = min(left[at.lot_id], qty) if at.variant_id == want.variant_id else 0
            if taken > 0:
                found.setdefault(want.reference_id, []).append((at, taken))
                left[at.lot_id] -= taken
                qty -= taken
    return found


def in_transit(ctx: Ctx, *, reference: str) -> list[tuple[int, str, int]]:
    """The lots that left under a reference and have not arrived: (lot, kind, units), first expired first."""
    found = db.dicts(
        """SELECT m.lot_id, t.kind, -sum(m.on_hand)::int AS qty FROM stock_lotmovement m
             JOIN stock_lot t ON t.organisation_id = m.organisation_id AND t.id = m.lot_id
            WHERE m.organisation_id = %s AND m.reference = %s
            GROUP BY m.lot_id, t.kind, t.expires_on HAVING sum(m.on_hand) < 0 ORDER BY t.expires_on NULLS LAST, m.lot_id""",
        [ctx.organisation_id, reference],
    )
    return [(line["lot_id"], line["kind"], line["qty"]) for line in found]
