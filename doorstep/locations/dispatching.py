"""How locations send: reads and writes of their calendars, cut-offs, pick-ups, capacity and costs."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.locations import events, queries, working
from doorstep.locations.working import Dispatch

_COLUMNS = "handling_minor, capacity_per_day, weekdays, holidays, cut_off, pickups, priority"


def dispatch_of(ctx: Ctx, *, location_id: int) -> Dispatch:
    """How one location sends.  Refuses: unknown ids."""
    queries.get(ctx, location_id=location_id)
    return dispatches(ctx, location_ids=[location_id])[location_id]


def dispatches(ctx: Ctx, *, location_ids: Sequence[int] | None = None) -> dict[int, Dispatch]:
    """How locations send, by location; without ids, all of them."""
    rows = db.dicts(
        f"""SELECT id, {_COLUMNS} FROM locations_location
             WHERE organisation_id = %s AND (%s::bigint[] IS NULL OR id = ANY(%s::bigint[]))""",
        [ctx.organisation_id, *([None if location_ids is None else list(location_ids)] * 2)],
    )
    return {row["id"]: working.of_row(row) for row in rows}


@transaction.atomic
def set_dispatch(ctx: Ctx, *, location_id: int, dispatch: Dispatch) -> bool:
    """Sets how a location sends; orders that have their place already keep it.

    Returns: whether anything changed.  Locks: the location.  Emits: LocationDispatchSet.  Refuses: unknown ids, what makes no sense.
    """
    queries.get(ctx, location_id=location_id)
    db.column(
        "SELECT id FROM locations_location WHERE organisation_id = %s AND id = %s FOR UPDATE", [ctx.organisation_id, location_id]
    )
    was = working.as_json(dispatches(ctx, location_ids=[location_id])[location_id])
    checked = working.check(dispatch)
    form = working.as_json(checked)
    changed = [name for name in form if form[name] != was[name]]
    if not changed:
        return False
    db.execute(
        f"""UPDATE locations_location SET ({_COLUMNS}) = (%s, %s, %s, %s::jsonb, %s, %s::jsonb, %s)
             WHERE organisation_id = %s AND id = %s""",
        [
            checked.handling_minor, checked.capacity_per_day, checked.weekdays, db.as_json(form["holidays"]), checked.cut_off,
            db.as_json(form["pickups"]), checked.priority, ctx.organisation_id, location_id,
        ],
    )  # fmt: skip
    facts = {"before": {name: was[name] for name in changed}, "after": {name: form[name] for name in changed}}
    subject = f"location:{location_id}"
    outbox.record(ctx, [Happened(events.LOCATION_DISPATCH_SET, subject, subject, facts)])
    return True
