"""Reads of waves: what is open for one, what is under way, and the rules by which they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.fulfilment.planning import OpenPart, Wanted
from doorstep.fulfilment.tours import Floor, Route, Stop
from doorstep.fulfilment.values import Method, PickRules, Takes, TemplateRow, WaveRow
from doorstep.locations import queries as locations
from doorstep.locations.values import FloorPlan

MOST_OPEN = 1_000  # parts that one release looks at, the most urgent first
_WAVE = """
SELECT w.id, w.location_id, w.template_id, w.name, w.method, w.walk_mm, w.plan_s, w.due_at, w.released_at, w.released_by,
       w.cancelled_at, w.takes, t.lists::int AS lists, t.begun::int AS begun, t.orders::int AS orders, t.units::int AS units,
       t.picked::int AS picked
  FROM fulfilment_wave w LEFT JOIN LATERAL (
       SELECT count(DISTINCT p.id) FILTER (WHERE k.id IS NOT NULL) AS lists,
              count(DISTINCT p.id) FILTER (WHERE p.started_at IS NOT NULL) AS begun,
              count(DISTINCT k.fulfilment_order_id) AS orders, COALESCE(sum(k.qty), 0) AS units,
              COALESCE(sum(k.picked), 0) AS picked
         FROM fulfilment_picklist p
         LEFT JOIN fulfilment_picktask k ON k.organisation_id = p.organisation_id AND k.pick_list_id = p.id AND NOT k.removed
        WHERE p.organisation_id = w.organisation_id AND p.wave_id = w.id) t ON TRUE
"""
# Not what somebody else sends, or was asked for before they were retired.
_OURS = """NOT EXISTS (SELECT 1 FROM fulfilment_warehouse w WHERE w.organisation_id = f.organisation_id
                            AND w.location_id = f.location_id AND w.active)
                  AND NOT EXISTS (SELECT 1 FROM fulfilment_warehouserequest r WHERE r.organisation_id = f.organisation_id
                            AND r.fulfilment_order_id = f.id AND r.state IN ('wanted', 'unknown', 'submitted', 'accepted'))"""
_TEMPLATE = """SELECT id, name, location_id, method, takes, at_times, weekdays, pick_up_at, active, last_ran_at
                 FROM fulfilment_wavetemplate"""


def rules_of(ctx: Ctx, *, location_ids: Sequence[int]) -> dict[int, PickRules]:
    """How each of these locations picks: as set, else as orders come."""
    found = db.dicts(
        """SELECT location_id, planned, route, method, cart_picks, cart_orders, cart_weight_g, walk_mm_s, pick_s
             FROM fulfilment_picksetting WHERE organisation_id = %s AND location_id = ANY(%s)""",
        [ctx.organisation_id, list(location_ids)],
    )
    given = {
        row.pop("location_id"): PickRules(**row | {"route": Route(row["route"]), "method": Method(row["method"])}) for row in found
    }
    return {id: given.get(id, PickRules()) for id in location_ids}


def floor_of(plan: FloorPlan | None) -> Floor | None:
    """The floor plan of a location as the walk sees it."""
    return Floor(plan.aisles, plan.length_mm, plan.apart_mm, plan.depot_aisle, plan.depot_at_back) if plan else None


def open_parts(ctx: Ctx, *, location_id: int, among: Sequence[int] | None = None) -> list[OpenPart]:
    """Parts that nobody has begun and no wave has taken: on no list, or on one that fills as orders come; what our floor sends.

    Shapes: the most urgent first, then in the order of their orders.  `among`: only these.
    """
    rows = db.dicts(
        f"""WITH open AS (
               SELECT f.id, f.order_id, o.name, o.priority, o.country, o.postal_code, o.placed_at
                 FROM orders_fulfilmentorder f
                 JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
                WHERE f.organisation_id = %s AND f.state = 'open' AND f.location_id = %s
                  AND (%s::bigint[] IS NULL OR f.id = ANY(%s))
                  AND NOT EXISTS (
                      SELECT 1 FROM fulfilment_picktask t
                        JOIN fulfilment_picklist p ON p.organisation_id = t.organisation_id AND p.id = t.pick_list_id
                       WHERE t.organisation_id = f.organisation_id AND t.fulfilment_order_id = f.id AND NOT t.removed
                         AND (p.state <> 'open' OR p.wave_id IS NOT NULL))
                  AND {_OURS}
                ORDER BY o.priority DESC, o.placed_at, f.id LIMIT %s)
           SELECT f.id, f.order_id, f.name, f.priority, f.country, f.postal_code, f.placed_at, l.id AS line_id, l.variant_id, l.qty,
                  COALESCE(s.bin, '') AS bin, COALESCE(v.weight_g, 0) AS weight_g, b.aisle, b.along_mm,
                  COALESCE(b.zone, '') AS zone, COALESCE(b.position, 0) AS position
             FROM open f
             JOIN orders_fulfilmentorderline l ON l.organisation_id = %s AND l.fulfilment_order_id = f.id
             JOIN catalog_variant v ON v.organisation_id = l.organisation_id AND v.id = l.variant_id
             LEFT JOIN stock_level s ON s.organisation_id = l.organisation_id AND s.variant_id = l.variant_id AND s.location_id = %s
             LEFT JOIN locations_bin b ON b.organisation_id = l.organisation_id AND b.location_id = %s AND b.code = s.bin
            ORDER BY f.priority DESC, f.placed_at, f.id, l.id""",
        [ctx.organisation_id, location_id, among, among, MOST_OPEN, ctx.organisation_id, location_id, location_id],
    )
    lines: dict[int, list[Wanted]] = {}
    heads: dict[int, dict[str, Any]] = {}
    for row in rows:
        heads.setdefault(row["id"], row)
        lines.setdefault(row["id"], []).append(_wanted(row))
    return [
        OpenPart(
            id, row["order_id"], row["name"], row["priority"], row["country"], tuple(lines[id]), row["postal_code"],
            row["placed_at"],
        )
        for id, row in heads.items()
    ]  # fmt: skip


def _wanted(row: dict[str, Any]) -> Wanted:
    stop = Stop(row["aisle"], row["along_mm"]) if row["aisle"] is not None else None
    return Wanted(
        row["line_id"], row["variant_id"], row["bin"], row["qty"], row["weight_g"], stop, row["zone"], row["position"]
    )


def count_open(ctx: Ctx) -> dict[int, int]:
    """How many parts at each location nobody has begun and no wave has taken."""
    found = db.dicts(
        f"""SELECT f.location_id, count(*)::int AS parts FROM orders_fulfilmentorder f
            WHERE f.organisation_id = %s AND f.state = 'open' AND f.location_id IS NOT NULL
              AND NOT EXISTS (
                  SELECT 1 FROM fulfilment_picktask t
                    JOIN fulfilment_picklist p ON p.organisation_id = t.organisation_id AND p.id = t.pick_list_id
                   WHERE t.organisation_id = f.organisation_id AND t.fulfilment_order_id = f.id AND NOT t.removed
                     AND (p.state <> 'open' OR p.wave_id IS NOT NULL))
              AND {_OURS}
            GROUP BY f.location_id""",
        [ctx.organisation_id],
    )
    return {row["location_id"]: row["parts"] for row in found}


def unlisted_orders(ctx: Ctx, *, location_id: int) -> list[int]:
    """The orders of which a part is to be fetched at a location and stands on no list."""
    return db.column(
        """SELECT DISTINCT f.order_id FROM orders_fulfilmentorder f
            WHERE f.organisation_id = %s AND f.state = 'open' AND f.location_id = %s AND NOT EXISTS (
                  SELECT 1 FROM fulfilment_picktask t WHERE t.organisation_id = f.organisation_id
                     AND t.fulfilment_order_id = f.id AND NOT t.removed)
            ORDER BY f.order_id""",
        [ctx.organisation_id, location_id],
    )


def released(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> set[int]:
    """Those of these parts that routing may not move any more: a wave has taken them, or somebody walks with their list."""
    return set(
        db.column(
            """SELECT DISTINCT t.fulfilment_order_id FROM fulfilment_picktask t
                 JOIN fulfilment_picklist p ON p.organisation_id = t.organisation_id AND p.id = t.pick_list_id
                WHERE t.organisation_id = %s AND t.fulfilment_order_id = ANY(%s) AND NOT t.removed
                  AND (p.wave_id IS NOT NULL OR p.state <> 'open')""",
            [ctx.organisation_id, list(fulfilment_order_ids)],
        )
    )


def list_waves(ctx: Ctx, *, location_id: int | None = None, before: int | None = None, limit: int = 50) -> list[WaveRow]:
    """Waves, newest first.  Shapes: `before` is the id of the last one shown (keyset paging)."""
    found = db.dicts(
        f"""{_WAVE} WHERE w.organisation_id = %s AND (%s::bigint IS NULL OR w.location_id = %s)
              AND (%s::bigint IS NULL OR w.id < %s) ORDER BY w.id DESC LIMIT %s""",
        [ctx.organisation_id, location_id, location_id, before, before, limit],
    )
    return [_wave(row) for row in found]


def _wave(row: dict[str, Any]) -> WaveRow:
    takes = row.pop("takes")
    return WaveRow(takes=None if takes is None else takes_of(takes), **row)


def get_wave(ctx: Ctx, *, wave_id: int) -> WaveRow:
    """One wave.  Refuses: unknown ids."""
    found = db.dicts(_WAVE + " WHERE w.organisation_id = %s AND w.id = %s", [ctx.organisation_id, wave_id])
    if not found:
        raise Refused(NOT_FOUND, {"what": "wave", "key": wave_id})
    return _wave(found[0])


def find_by_client(ctx: Ctx, *, client_id: str) -> int | None:
    """The wave that was released under this name, or None."""
    found = db.column(
        "SELECT id FROM fulfilment_wave WHERE organisation_id = %s AND client_id = %s", [ctx.organisation_id, client_id]
    )
    return found[0] if found else None


def list_ids_of(ctx: Ctx, *, wave_id: int) -> list[int]:
    """The pick lists of a wave, those that were called off among them."""
    return db.column(
        "SELECT id FROM fulfilment_picklist WHERE organisation_id = %s AND wave_id = %s ORDER BY id",
        [ctx.organisation_id, wave_id],
    )


def list_templates(ctx: Ctx, *, only_active: bool = False) -> list[TemplateRow]:
    """The rules by which waves come by themselves, by name."""
    found = db.dicts(
        f"{_TEMPLATE} WHERE organisation_id = %s AND (active OR NOT %s) ORDER BY active DESC, name, id",
        [ctx.organisation_id, only_active],
    )
    return [_template(row) for row in found]


def get_template(ctx: Ctx, *, template_id: int) -> TemplateRow:
    """One wave template.  Refuses: unknown ids."""
    found = next((row for row in list_templates(ctx) if row.id == template_id), None)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "wave template", "key": template_id})
    return found


def _template(row: dict[str, Any]) -> TemplateRow:
    return TemplateRow(
        takes=takes_of(row.pop("takes")), at_times=tuple(row.pop("at_times")), weekdays=tuple(row.pop("weekdays")), **row
    )


def takes_of(saved: dict[str, Any]) -> Takes:
    """What a wave takes, as it was saved; what was not known then asks for nothing."""
    return Takes(
        saved.get("min_priority"), saved.get("single_line", False), saved.get("zone", ""), tuple(saved.get("countries", ())),
        saved.get("carrier_id"), saved.get("service", ""), saved.get("leaves_by", ""),
    )  # fmt: skip


def lines_of_lists(ctx: Ctx, *, pick_list_ids: Sequence[int]) -> dict[int, list[Wanted]]:
    """What is on pick lists, with where it lies now.  Shapes: by pick list; `line_id` is the id of the task."""
    found = db.dicts(
        """SELECT t.pick_list_id, t.id AS line_id, t.variant_id, t.bin, t.qty, 0 AS weight_g, b.aisle, b.along_mm,
                  COALESCE(b.zone, '') AS zone, COALESCE(b.position, 0) AS position
             FROM fulfilment_picktask t
             JOIN fulfilment_picklist p ON p.organisation_id = t.organisation_id AND p.id = t.pick_list_id
             LEFT JOIN locations_bin b ON b.organisation_id = t.organisation_id AND b.location_id = p.location_id AND b.code = t.bin
            WHERE t.organisation_id = %s AND t.pick_list_id = ANY(%s) AND NOT t.removed ORDER BY t.id""",
        [ctx.organisation_id, list(pick_list_ids)],
    )
    lines: dict[int, list[Wanted]] = {}
    for row in found:
        lines.setdefault(row["pick_list_id"], []).append(_wanted(row))
    return lines


def plan_of(ctx: Ctx, *, location_id: int) -> Floor | None:
    """The floor of a location as walks see it, or None."""
    return floor_of(locations.find_floor_plan(ctx, location_id=location_id))
