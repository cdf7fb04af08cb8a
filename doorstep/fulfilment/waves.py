"""Writes of waves: a release makes pick lists of what is open, and what was not begun can be called off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import events, leaving, planning, walks, wave_queries
from doorstep.fulfilment.planning import OpenPart
from doorstep.fulfilment.tours import Floor
from doorstep.fulfilment.values import (
    NOTHING_OPEN,
    TEMPLATE_NAME_TAKEN,
    WAVE_OVER,
    Method,
    PickListState,
    PickRules,
    PlannedWave,
    Takes,
    TemplateDraft,
)
from doorstep.locations import queries as locations
from doorstep.orders import actions as orders
from doorstep.shipping import queries as shipping


def preview(ctx: Ctx, *, location_id: int, method: Method, takes: Takes) -> PlannedWave:
    """What a release would do now; nothing is written.  Refuses: unknown location, unknown carriers, times that no clock shows."""
    _check(ctx, takes)
    parts = leaving.taken(ctx, at=locations.get(ctx, location_id=location_id), takes=takes)
    rules = wave_queries.rules_of(ctx, location_ids=[location_id])[location_id]
    return planning.plan(parts, rules=rules, method=method, floor=wave_queries.plan_of(ctx, location_id=location_id))


@transaction.atomic
def release(
    ctx: Ctx,
    *,
    location_id: int,
    method: Method,
    takes: Takes,
    client_id: str,
    name: str = "",
    due_at: datetime | None = None,
    template_id: int | None = None,
) -> int:
    """Makes pick lists of what is open, and returns the wave; the same `client_id` again returns the same wave.

    From here on routing no longer moves these parts.
    Locks: the location's lists that nobody has begun, by id, then fulfilment orders by id.
    Emits: FulfilmentListed per part, WaveReleased.  Refuses: unknown location; a wave that would take nothing.
    """
    at = locations.get(ctx, location_id=location_id)
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [client_id, ctx.organisation_id])
    if known := wave_queries.find_by_client(ctx, client_id=client_id):
        return known
    _check(ctx, takes)
    _lock_filling(ctx, location_id)
    found = leaving.taken(ctx, at=at, takes=takes)
    orders.lock(ctx, fulfilment_order_ids=[part.id for part in found])
    parts = leaving.taken(ctx, at=at, takes=takes, among=[part.id for part in found])
    if not parts:
        raise Refused(NOTHING_OPEN, {"location": at.name})
    rules = wave_queries.rules_of(ctx, location_ids=[location_id])[location_id]
    floor = wave_queries.plan_of(ctx, location_id=location_id)
    planned = planning.plan(parts, rules=rules, method=method, floor=floor)
    wave_id = _begin(ctx, location_id, template_id, name, method, client_id, planned, due_at, takes)
    by_id = {part.id: part for part in parts}
    for one in planned.lists:
        _make(ctx, wave_id, location_id, method, [by_id[id] for id in one.fulfilment_order_ids], rules, floor)
    facts = {"name": name[:80], "lists": len(planned.lists), "orders": planned.orders, "units": planned.units}
    outbox.record(ctx, [Happened(events.WAVE_RELEASED, f"wave:{wave_id}", f"wave:{wave_id}", facts)])
    return wave_id


def _begin(
    ctx: Ctx, location_id: int, template_id: int | None, name: str, method: Method, client_id: str, planned: PlannedWave,
    due_at: datetime | None, takes: Takes,
) -> int:  # fmt: skip
    """The row of a wave that is released now.  Returns: its id."""
    return int(
        db.scalar(
            """INSERT INTO fulfilment_wave (organisation_id, location_id, template_id, name, method, client_id, walk_mm, plan_s,
                                            due_at, released_at, released_by, takes)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
            [
                ctx.organisation_id, location_id, template_id, name[:80], method.value, client_id, planned.walk_mm,
                planned.plan_s, due_at, ctx.now, ctx.actor.name[:120], db.as_json(asdict(takes)),
            ],
        )
    )  # fmt: skip


def _check(ctx: Ctx, takes: Takes) -> None:
    """Refuses: carriers that nobody knows, times that no clock shows."""
    if takes.carrier_id is not None:
        shipping.get_carrier(ctx, carrier_id=takes.carrier_id)
    if takes.leaves_by and not planning.CLOCK.fullmatch(takes.leaves_by):
        raise Refused(INVALID, {"field": gettext_noop("Leaves by"), "problem": gettext_noop("is written as 16:30")})


def _lock_filling(ctx: Ctx, location_id: int) -> None:
    """Locks the lists that fill as orders come, from which a wave may take.  Locks: ascending by id, before any order."""
    db.execute(
        """SELECT id FROM fulfilment_picklist
            WHERE organisation_id = %s AND location_id = %s AND state = %s AND wave_id IS NULL ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, location_id, PickListState.OPEN.value],
    )


def _make(
    ctx: Ctx, wave_id: int, location_id: int, method: Method, parts: Sequence[OpenPart], rules: PickRules,
    floor: Floor | None,
) -> None:  # fmt: skip
    """One list of a wave: what is on another list comes over, the rest is new there."""
    order, walk_mm = planning.walk_order([line for part in parts for line in part.lines], floor=floor, route=rules.route)
    pick_list_id = int(
        db.scalar(
            """INSERT INTO fulfilment_picklist (organisation_id, location_id, state, picker_name, created_at, wave_id, method,
                                                walk_mm)
               VALUES (%s, %s, %s, '', %s, %s, %s, %s) RETURNING id""",
            [
                ctx.organisation_id, location_id, PickListState.OPEN.value, ctx.now, wave_id, method.value,
                walk_mm if floor else None,
            ],
        )
    )  # fmt: skip
    has_totes = method != Method.SINGLE
    lines = [
        (line.line_id, part.id, line.variant_id, line.bin, line.qty, order.get(line.line_id), tote if has_totes else 0)
        for tote, part in enumerate(parts, start=1)
        for line in part.lines
    ]
    db.execute(
        """UPDATE fulfilment_picktask t SET pick_list_id = %s, bin = u.bin, walk_at = u.at, tote = u.tote
             FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[], %s::int[])
                  u(line, part, variant, bin, qty, at, tote)
            WHERE t.organisation_id = %s AND t.fulfilment_line_id = u.line AND NOT t.removed""",
        [pick_list_id, *db.columns(lines, 7), ctx.organisation_id],
    )
    db.execute(
        """INSERT INTO fulfilment_picktask (organisation_id, pick_list_id, fulfilment_order_id, fulfilment_line_id, variant_id,
                                            bin, qty, picked, removed, walk_at, tote)
           SELECT %s, %s, u.part, u.line, u.variant, u.bin, u.qty, 0, FALSE, u.at, u.tote
             FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[], %s::int[])
                  u(line, part, variant, bin, qty, at, tote)
           ON CONFLICT (organisation_id, fulfilment_line_id) WHERE NOT removed DO NOTHING""",
        [ctx.organisation_id, pick_list_id, *db.columns(lines, 7)],
    )
    data = {"pick_list_id": pick_list_id, "location_id": location_id, "wave_id": wave_id}
    outbox.record(
        ctx, [Happened(events.LISTED, f"fulfilment_order:{part.id}", f"order:{part.order_id}", data) for part in parts]
    )


@transaction.atomic
def cancel(ctx: Ctx, *, wave_id: int) -> int:
    """Calls off the lists of a wave that nobody has begun; their orders are open again.  Returns: how many lists.

    Locks: those lists by id, then fulfilment orders by id.  Emits: FulfilmentUnlisted per part, WaveCancelled.
    Refuses: unknown waves, waves of which every list was begun or called off.
    """
    wave = wave_queries.get_wave(ctx, wave_id=wave_id)
    ids = db.column(
        """SELECT id FROM fulfilment_picklist WHERE organisation_id = %s AND wave_id = %s AND state = %s
            ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, wave_id, PickListState.OPEN.value],
    )
    parts = db.column(
        """SELECT DISTINCT fulfilment_order_id FROM fulfilment_picktask
            WHERE organisation_id = %s AND pick_list_id = ANY(%s) AND NOT removed""",
        [ctx.organisation_id, ids],
    )
    if not ids or not parts:
        raise Refused(WAVE_OVER, {"wave": wave.name or f"#{wave_id}"})
    orders.lock(ctx, fulfilment_order_ids=parts)
    gone = db.dicts(
        """UPDATE fulfilment_picktask t SET removed = TRUE FROM orders_fulfilmentorder f
            WHERE t.organisation_id = %s AND t.pick_list_id = ANY(%s) AND NOT t.removed
              AND f.organisation_id = t.organisation_id AND f.id = t.fulfilment_order_id
           RETURNING t.fulfilment_order_id, f.order_id""",
        [ctx.organisation_id, ids],
    )
    db.execute(
        "UPDATE fulfilment_picklist SET state = %s, finished_at = %s WHERE organisation_id = %s AND id = ANY(%s)",
        [PickListState.CANCELLED.value, ctx.now, ctx.organisation_id, ids],
    )
    db.execute(
        """UPDATE fulfilment_wave w SET cancelled_at = %s
            WHERE w.organisation_id = %s AND w.id = %s AND NOT EXISTS (SELECT 1 FROM fulfilment_picklist p
                  WHERE p.organisation_id = w.organisation_id AND p.wave_id = w.id AND p.state <> %s)""",
        [ctx.now, ctx.organisation_id, wave_id, PickListState.CANCELLED.value],
    )
    told = sorted({(line["fulfilment_order_id"], line["order_id"]) for line in gone})
    facts = {"order_ids": sorted({order_id for _, order_id in told}), "lists": len(ids)}
    outbox.record(
        ctx,
        [Happened(events.UNLISTED, f"fulfilment_order:{i}", f"order:{o}", {"to_put_back": 0}) for i, o in told]
        + [Happened(events.WAVE_CANCELLED, f"wave:{wave_id}", f"wave:{wave_id}", facts)],
    )
    return len(ids)


@transaction.atomic
def set_rules(ctx: Ctx, *, location_id: int, rules: PickRules) -> None:
    """Says how a location picks; lists that nobody has begun are walked so at once.

    Locks: those lists, by id.  Emits: PickRulesSet, where anything differs.  Refuses: unknown location, impossible carts.
    """
    locations.get(ctx, location_id=location_id)
    was = wave_queries.rules_of(ctx, location_ids=[location_id])[location_id]
    if planning.check_rules(rules) == was:
        return
    values = asdict(rules) | {"route": rules.route.value, "method": rules.method.value}
    db.execute(
        f"""INSERT INTO fulfilment_picksetting (organisation_id, location_id, {", ".join(values)})
            VALUES (%s, %s, {", ".join(["%s"] * len(values))})
            ON CONFLICT (organisation_id, location_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in values)}""",
        [ctx.organisation_id, location_id, *values.values()],
    )
    if rules.route != was.route:
        walks.arrange_open(ctx, location_id=location_id)
    before = {name: value for name, value in asdict(was).items() if value != getattr(rules, name)}
    facts = {"before": before, "after": {name: getattr(rules, name) for name in before}, "planned": rules.planned}
    outbox.record(ctx, [Happened(events.PICK_RULES_SET, f"location:{location_id}", f"location:{location_id}", facts)])


@transaction.atomic
def save_template(ctx: Ctx, *, draft: TemplateDraft, template_id: int | None = None) -> int:
    """Adds a wave template, or writes one anew, and returns its id.

    It runs at its next time, never for one that has passed.  Refuses: unknown ids, a taken name, no times or days.
    """
    locations.get(ctx, location_id=draft.location_id)
    _check(ctx, draft.takes)
    draft = planning.check_template(draft)
    values = {
        "name": draft.name.strip()[:80], "location_id": draft.location_id, "method": draft.method.value,
        "takes": db.as_json(asdict(draft.takes)), "at_times": db.as_json(sorted(draft.at_times)),
        "weekdays": db.as_json(sorted(draft.weekdays)), "pick_up_at": draft.pick_up_at, "last_ran_at": ctx.now,
    }  # fmt: skip
    if template_id is not None:
        wave_queries.get_template(ctx, template_id=template_id)
    try:
        with transaction.atomic():
            return _write_template(ctx, template_id, values)
    except IntegrityError as taken:
        raise Refused(TEMPLATE_NAME_TAKEN, {"name": draft.name}) from taken


def _write_template(ctx: Ctx, template_id: int | None, values: Mapping[str, Any]) -> int:
    """Writes the columns of a template, of a new one where there is no id.  Returns: its id.  Raises: IntegrityError."""
    if template_id is None:
        made = db.scalar(
            f"""INSERT INTO fulfilment_wavetemplate (organisation_id, active, {", ".join(values)})
                VALUES (%s, TRUE, {", ".join(["%s"] * len(values))}) RETURNING id""",
            [ctx.organisation_id, *values.values()],
        )
        return int(made)
    db.execute(
        f"UPDATE fulfilment_wavetemplate SET {', '.join(f'{name} = %s' for name in values)} WHERE organisation_id = %s AND id = %s",
        [*values.values(), ctx.organisation_id, template_id],
    )
    return template_id


@transaction.atomic
def switch_template(ctx: Ctx, *, template_id: int, active: bool) -> None:
    """Switches a wave template on, from its next time, or off.  Refuses: unknown ids."""
    touched = db.execute(
        "UPDATE fulfilment_wavetemplate SET active = %s, last_ran_at = %s WHERE organisation_id = %s AND id = %s",
        [active, ctx.now, ctx.organisation_id, template_id],
    )
    if not touched:
        raise Refused(NOT_FOUND, {"what": "wave template", "key": template_id})


@transaction.atomic
def remove_template(ctx: Ctx, *, template_id: int) -> str:
    """Removes a wave template; the waves that it released stay.  Returns: its name.  Refuses: unknown ids."""
    row = wave_queries.get_template(ctx, template_id=template_id)
    db.execute(
        "UPDATE fulfilment_wave SET template_id = NULL WHERE organisation_id = %s AND template_id = %s",
        [ctx.organisation_id, template_id],
    )
    db.execute(
        "DELETE FROM fulfilment_wavetemplate WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, template_id]
    )
    return row.name


@transaction.atomic
def note_ran(ctx: Ctx, *, template_id: int, at: datetime) -> None:
    """Notes the time for which a wave template ran, so that it runs once for it."""
    db.execute(
        "UPDATE fulfilment_wavetemplate SET last_ran_at = %s WHERE organisation_id = %s AND id = %s AND last_ran_at < %s",
        [at, ctx.organisation_id, template_id, at],
    )
