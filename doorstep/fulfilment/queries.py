"""Reads of pick lists, scans, printers and print jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.fulfilment.values import (
    NOTHING_TO_PUT_BACK,
    TO_DO,
    PickListRow,
    PickTaskRow,
    PrinterRow,
    PrintJobRow,
    PutBackRow,
)
from doorstep.fulfilment.warehouses.values import OPEN

_LIST = """
SELECT p.id, p.location_id, p.state, p.picker_name, p.created_at, p.started_at, p.finished_at,
       COALESCE(t.orders, 0) AS orders, COALESCE(t.units, 0)::int AS units, COALESCE(t.picked, 0)::int AS picked,
       p.wave_id, p.method, p.walk_mm
  FROM fulfilment_picklist p LEFT JOIN LATERAL (
       SELECT count(DISTINCT fulfilment_order_id) AS orders, sum(qty) AS units, sum(picked) AS picked
         FROM fulfilment_picktask t
        WHERE t.organisation_id = p.organisation_id AND t.pick_list_id = p.id AND NOT t.removed) t ON TRUE
"""
# What belongs to a task is looked up by its id, task by task (LIMIT keeps the order): eight tables joined at once, of which the
# database does not know yet how large they are, took it minutes for an order of five hundred lines.
_TASK = """
SELECT t.id, t.pick_list_id, t.fulfilment_order_id, f.order_id, o.name AS order_name, t.fulfilment_line_id, t.variant_id,
       v.sku, v.barcode, l.title, pr.picture, t.bin, t.qty, t.picked, f.state = 'on_hold' AS on_hold,
       COALESCE(NULLIF(sold.title, ''), sold.sku, '') AS part_of, t.tote, t.walk_at
  FROM fulfilment_picktask t
 CROSS JOIN LATERAL (SELECT order_id, state FROM orders_fulfilmentorder
                      WHERE organisation_id = t.organisation_id AND id = t.fulfilment_order_id LIMIT 1) f
 CROSS JOIN LATERAL (SELECT name, state FROM orders_order
                      WHERE organisation_id = t.organisation_id AND id = f.order_id LIMIT 1) o
 CROSS JOIN LATERAL (SELECT order_line_id FROM orders_fulfilmentorderline
                      WHERE organisation_id = t.organisation_id AND id = t.fulfilment_line_id LIMIT 1) fl
 CROSS JOIN LATERAL (SELECT title, bundle_id FROM orders_orderline
                      WHERE organisation_id = t.organisation_id AND id = fl.order_line_id LIMIT 1) l
  LEFT JOIN LATERAL (SELECT title, sku FROM orders_orderbundle
                      WHERE organisation_id = t.organisation_id AND id = l.bundle_id LIMIT 1) sold ON TRUE
 CROSS JOIN LATERAL (SELECT sku, barcode, product_id FROM catalog_variant
                      WHERE organisation_id = t.organisation_id AND id = t.variant_id LIMIT 1) v
 CROSS JOIN LATERAL (SELECT picture FROM catalog_product
                      WHERE organisation_id = t.organisation_id AND id = v.product_id LIMIT 1) pr
"""
_BACK = """
SELECT t.id AS task_id, t.pick_list_id, p.location_id, t.fulfilment_order_id, f.order_id, o.name AS order_name, t.variant_id,
       v.sku, l.title, COALESCE(NULLIF(t.bin, ''), s.bin, '') AS bin, t.picked AS qty, t.put_back_at, t.put_back_by
  FROM fulfilment_picktask t
  JOIN fulfilment_picklist p ON p.organisation_id = t.organisation_id AND p.id = t.pick_list_id
  JOIN orders_fulfilmentorder f ON f.organisation_id = t.organisation_id AND f.id = t.fulfilment_order_id
  JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
  JOIN orders_fulfilmentorderline fl ON fl.organisation_id = t.organisation_id AND fl.id = t.fulfilment_line_id
  JOIN orders_orderline l ON l.organisation_id = fl.organisation_id AND l.id = fl.order_line_id
  JOIN catalog_variant v ON v.organisation_id = t.organisation_id AND v.id = t.variant_id
  LEFT JOIN stock_level s ON s.organisation_id = t.organisation_id AND s.variant_id = t.variant_id
                         AND s.location_id = p.location_id
"""
_TO_PUT_BACK = "t.organisation_id = %s AND t.removed AND t.picked > 0 AND t.put_back_at IS NULL"
_PRINTER = "SELECT id, name, kind, target, language, location_id, active FROM fulfilment_printer"
_JOB = (
    "SELECT id, printer_id, key, document, subject, timeline, state, problem, by, wanted_at, settled_at FROM fulfilment_printjob"
)


def list_pick_lists(
    ctx: Ctx, *, location_id: int | None = None, states: Sequence[str] = TO_DO, after: int = 0, limit: int = 100
) -> list[PickListRow]:
    """Pick lists with something on them, oldest first.  Shapes: `after` is the id of the last row shown (keyset paging)."""
    return db.rows(
        PickListRow,
        f"""{_LIST} WHERE p.organisation_id = %s AND p.state = ANY(%s) AND (%s::bigint IS NULL OR p.location_id = %s)
              AND p.id > %s AND t.orders > 0 ORDER BY p.id LIMIT %s""",
        [ctx.organisation_id, list(states), location_id, location_id, after, limit],
    )


def get_pick_list(ctx: Ctx, *, pick_list_id: int) -> PickListRow:
    """One pick list.  Refuses: unknown ids."""
    found = db.one(
        PickListRow, _LIST + " WHERE p.organisation_id = %s AND p.id = %s", [ctx.organisation_id, pick_list_id]
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "pick list", "key": pick_list_id})
    return found


def tasks_of(ctx: Ctx, *, pick_list_id: int) -> list[PickTaskRow]:
    """What is to be fetched for a pick list, in the order in which a picker walks past the bins."""
    return db.rows(
        PickTaskRow,
        f"""{_TASK} LEFT JOIN fulfilment_picklist p ON p.organisation_id = t.organisation_id AND p.id = t.pick_list_id
             LEFT JOIN locations_bin b ON b.organisation_id = t.organisation_id AND b.location_id = p.location_id
                                      AND b.code = t.bin
            WHERE t.organisation_id = %s AND t.pick_list_id = %s AND NOT t.removed
            ORDER BY t.walk_at NULLS LAST, b.position NULLS LAST, t.bin, v.sku, t.id""",
        [ctx.organisation_id, pick_list_id],
    )


def tasks_of_orders(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> list[PickTaskRow]:
    """The tasks of fulfilment orders, by id."""
    return db.rows(
        PickTaskRow,
        _TASK + " WHERE t.organisation_id = %s AND t.fulfilment_order_id = ANY(%s) AND NOT t.removed ORDER BY t.id",
        [ctx.organisation_id, list(fulfilment_order_ids)],
    )


def list_cancelled(ctx: Ctx, *, pick_list_id: int) -> list[PickTaskRow]:
    """What a pick list asked for until its order was cancelled, whether it was taken off the list yet or not."""
    return db.rows(
        PickTaskRow,
        _TASK + " WHERE t.organisation_id = %s AND t.pick_list_id = %s AND o.state = 'cancelled' ORDER BY t.id",
        [ctx.organisation_id, pick_list_id],
    )


def find_to_list(ctx: Ctx, *, order_ids: Sequence[int]) -> list[dict[str, int]]:
    """Lines of routed, free fulfilment orders that are on no pick list; what somebody else sends is not among them.

    Shapes: fulfilment_order_id, order_id, location_id, line_id, variant_id, qty, bin each, by fulfilment order.
    """
    return db.dicts(
        """SELECT f.id AS fulfilment_order_id, f.order_id, f.location_id, l.id AS line_id, l.variant_id, l.qty,
                  COALESCE(s.bin, '') AS bin
             FROM orders_fulfilmentorder f
             JOIN orders_fulfilmentorderline l ON l.organisation_id = f.organisation_id AND l.fulfilment_order_id = f.id
             LEFT JOIN stock_level s ON s.organisation_id = f.organisation_id AND s.variant_id = l.variant_id
                                    AND s.location_id = f.location_id
            WHERE f.organisation_id = %s AND f.order_id = ANY(%s) AND f.state IN ('open', 'in_progress')
              AND f.location_id IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM fulfilment_warehouse w WHERE w.organisation_id = f.organisation_id
                              AND w.location_id = f.location_id AND w.active)
              AND NOT EXISTS (SELECT 1 FROM fulfilment_warehouserequest r WHERE r.organisation_id = f.organisation_id
                              AND r.fulfilment_order_id = f.id AND r.state = ANY(%s))
              AND NOT EXISTS (SELECT 1 FROM fulfilment_picktask t WHERE t.organisation_id = f.organisation_id
                              AND t.fulfilment_line_id = l.id AND NOT t.removed)
            ORDER BY f.id, l.id""",
        [ctx.organisation_id, list(order_ids), list(OPEN)],
    )


def away_from_shelf(ctx: Ctx, *, location_id: int, at: Mapping[int, datetime]) -> dict[int, int]:
    """Units that pickers had taken from their shelves at a moment and that have not left the house: in totes and parcels.

    Of a fulfilment order of which a parcel left already only the rest counts.

    Units: whole units.  Shapes: `at` is the moment per variant; scans since then are not counted.
    """
    found = db.dicts(
        """SELECT t.variant_id, sum(t.picked - (
                    SELECT count(*) FROM fulfilment_scan s
                     WHERE s.organisation_id = t.organisation_id AND s.pick_list_id = t.pick_list_id AND s.task_id = t.id
                       AND s.accepted AND s.undone_at IS NULL AND s.at > u.at) - (
                    SELECT COALESCE(sum(i.qty), 0) FROM orders_fulfilmentorderline l
                      JOIN shipping_parcel x ON x.organisation_id = l.organisation_id
                       AND x.fulfilment_order_id = l.fulfilment_order_id AND x.state = 'handed_over'
                      JOIN shipping_parcelline i ON i.organisation_id = x.organisation_id AND i.parcel_id = x.id
                       AND i.order_line_id = l.order_line_id
                     WHERE l.organisation_id = t.organisation_id AND l.id = t.fulfilment_line_id))::int AS units
             FROM unnest(%s::bigint[], %s::timestamptz[]) u(v, at)
             JOIN fulfilment_picktask t ON t.organisation_id = %s AND t.variant_id = u.v AND t.picked > 0
             JOIN fulfilment_picklist p ON p.organisation_id = t.organisation_id AND p.id = t.pick_list_id
             JOIN orders_fulfilmentorder f ON f.organisation_id = t.organisation_id AND f.id = t.fulfilment_order_id
            WHERE p.location_id = %s AND CASE WHEN t.removed THEN t.put_back_at IS NULL
                                              ELSE f.state NOT IN ('closed', 'cancelled') END
            GROUP BY t.variant_id""",
        [*db.columns(at.items(), 2), ctx.organisation_id, location_id],
    )
    return {line["variant_id"]: max(line["units"], 0) for line in found}


def find_to_pack(ctx: Ctx, *, location_id: int | None = None, limit: int = 200) -> list[dict[str, object]]:
    """Fulfilment orders whose every unit is picked and of which something lies in no parcel yet, oldest first.

    Shapes: fulfilment_order_id, order_id, order_name, location_id, units (those left to pack), on_hold each.
    """
    return db.dicts(
        """SELECT * FROM (
             SELECT f.id AS fulfilment_order_id, f.order_id, o.name AS order_name, f.location_id,
                    (sum(l.qty) - (SELECT COALESCE(sum(i.qty), 0) FROM shipping_parcel p
                       JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                      WHERE p.organisation_id = f.organisation_id AND p.fulfilment_order_id = f.id
                        AND p.state <> 'cancelled'))::int AS units,
                    f.state = 'on_hold' AS on_hold
               FROM orders_fulfilmentorder f
               JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
               JOIN orders_fulfilmentorderline l ON l.organisation_id = f.organisation_id AND l.fulfilment_order_id = f.id
              WHERE f.organisation_id = %s AND f.state IN ('in_progress', 'on_hold')
                AND (%s::bigint IS NULL OR f.location_id = %s)
              GROUP BY f.organisation_id, f.id, f.order_id, o.name, f.location_id, f.state
             HAVING bool_and(l.picked = l.qty)) due
            WHERE units > 0 ORDER BY fulfilment_order_id LIMIT %s""",
        [ctx.organisation_id, location_id, location_id, limit],
    )


def list_to_put_back(ctx: Ctx, *, location_id: int | None = None, after: int = 0, limit: int = 200) -> list[PutBackRow]:
    """Units of cancelled orders that were picked and lie about since.  Shapes: by task id, `after` is the last one shown."""
    return db.rows(
        PutBackRow,
        f"""{_BACK} WHERE {_TO_PUT_BACK} AND (%s::bigint IS NULL OR p.location_id = %s) AND t.id > %s
             ORDER BY t.id LIMIT %s""",
        [ctx.organisation_id, location_id, location_id, after, limit],
    )


def count_to_put_back(ctx: Ctx) -> int:
    """How many kinds of units of cancelled orders lie about."""
    return int(db.scalar(f"SELECT count(*) FROM fulfilment_picktask t WHERE {_TO_PUT_BACK}", [ctx.organisation_id]))


def put_backs_of(ctx: Ctx, *, order_id: int) -> list[PutBackRow]:
    """What was picked of an order that was cancelled then, put back or not, whether it was taken off its list yet or not."""
    return db.rows(
        PutBackRow,
        _BACK + " WHERE t.organisation_id = %s AND f.order_id = %s AND f.state = 'cancelled' AND t.picked > 0 ORDER BY t.id",
        [ctx.organisation_id, order_id],
    )


def get_put_back(ctx: Ctx, *, task_id: int) -> PutBackRow:
    """What was picked for one task, of which an order was cancelled then.  Refuses: unknown ids, tasks that are not so."""
    found = db.one(PutBackRow, _BACK + " WHERE t.organisation_id = %s AND t.id = %s", [ctx.organisation_id, task_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "pick task", "key": task_id})
    gone = db.scalar(
        "SELECT removed AND picked > 0 FROM fulfilment_picktask WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, task_id],
    )
    if not gone:
        raise Refused(NOTHING_TO_PUT_BACK)
    return found


def list_printers(ctx: Ctx) -> list[PrinterRow]:
    """Every printer, those in use first."""
    return db.rows(PrinterRow, _PRINTER + " WHERE organisation_id = %s ORDER BY active DESC, id", [ctx.organisation_id])


def find_printer(ctx: Ctx, *, location_id: int, language: str = "") -> PrinterRow | None:
    """The printer of a location: its own first, else one that serves everywhere.  `language` empty: any."""
    able = [
        p
        for p in list_printers(ctx)
        if p.active and p.location_id in (location_id, None) and language in ("", p.language)
    ]
    return min(able, key=lambda p: (p.location_id is None, p.id), default=None)


def find_print_job(ctx: Ctx, *, id: int) -> PrintJobRow | None:
    """One print job, or None."""
    return db.one(PrintJobRow, _JOB + " WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, id])


def get_print_job(ctx: Ctx, *, id: int) -> PrintJobRow:
    """One print job.  Refuses: unknown ids."""
    found = find_print_job(ctx, id=id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "print job", "key": id})
    return found


def print_jobs_of(ctx: Ctx, *, subjects: Sequence[str]) -> list[PrintJobRow]:
    """What was printed for these subjects, newest first."""
    return db.rows(
        PrintJobRow,
        _JOB + " WHERE organisation_id = %s AND subject = ANY(%s) ORDER BY id DESC LIMIT 100",
        [ctx.organisation_id, list(subjects)],
    )


def jobs_of_printer(ctx: Ctx, *, printer_id: int, states: Sequence[str], limit: int = 20) -> list[PrintJobRow]:
    """The oldest jobs of a printer that stand so."""
    return db.rows(
        PrintJobRow,
        _JOB + " WHERE organisation_id = %s AND printer_id = %s AND state = ANY(%s) ORDER BY id LIMIT %s",
        [ctx.organisation_id, printer_id, list(states), limit],
    )


def newest_jobs(ctx: Ctx, *, printer_id: int, limit: int) -> list[PrintJobRow]:
    """What a printer was asked for last, newest first."""
    return db.rows(
        PrintJobRow,
        _JOB + " WHERE organisation_id = %s AND printer_id = %s ORDER BY id DESC LIMIT %s",
        [ctx.organisation_id, printer_id, limit],
    )
