"""Which part of an order a location does on which of its working days, so that the capacity of a day is that of a day.

Only locations with a capacity are counted.  Work of days that are over counts for the next for as long as it is not sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx

KEPT = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Day:
    """A working day of a location.  `on`: the day that an order which comes now would leave; `today`: what the date is there."""

    on: date
    today: date


@dataclass(frozen=True, slots=True)
class Given:
    """A part of an order that a location does on a day of its own calendar."""

    fulfilment_order_id: int
    location_id: int
    on: date


def lock(ctx: Ctx, *, location_ids: Collection[int]) -> None:
    """Has nobody else fill the days of these locations until the transaction ends, so that no day gets more than it holds.

    Locks: advisory, ascending by location, before anything else that the transaction locks: whoever held a stock row and waited
    here would meet in a deadlock whoever fills a day and promises more afterwards.
    """
    for location_id in sorted(location_ids):
        name = f"day_load:{ctx.organisation_id}:{location_id}"
        db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def used(ctx: Ctx, *, days: Mapping[int, Day]) -> dict[int, int]:
    """How many parcels each location has for a day: those that were given to it for that day, sent or not, and what it has not sent
    of days before.  Shapes: by location."""
    lines = [(location_id, day.on, day.today) for location_id, day in sorted(days.items())]
    rows = db.dicts(
        """WITH place AS (SELECT * FROM unnest(%s::bigint[], %s::date[], %s::date[]) u(id, day, today)),
                given AS (
             SELECT place.id, f.id AS part FROM place
               JOIN routing_dayload d ON d.organisation_id = %s AND d.location_id = place.id AND d.day = place.day
               JOIN orders_fulfilmentorder f ON f.organisation_id = d.organisation_id AND f.id = d.fulfilment_order_id
                AND f.location_id = d.location_id AND f.state <> 'cancelled'
             UNION
             SELECT place.id, f.id FROM place
               JOIN orders_fulfilmentorder f ON f.organisation_id = %s AND f.location_id = place.id
                AND f.state NOT IN ('closed', 'cancelled')
               LEFT JOIN routing_dayload d ON d.organisation_id = f.organisation_id AND d.fulfilment_order_id = f.id
                AND d.location_id = f.location_id
              WHERE d.id IS NULL OR d.day < place.today)
           SELECT id, count(*) AS parcels FROM given GROUP BY 1""",
        [*db.columns(lines, 3), ctx.organisation_id, ctx.organisation_id],
    )
    return {row["id"]: row["parcels"] for row in rows}


@transaction.atomic
def note(ctx: Ctx, *, given: Sequence[Given]) -> None:
    """Keeps on which day each part is done; one that had a day gets the new one.  What is long past is forgotten."""
    if not given:
        return
    lines = [(one.fulfilment_order_id, one.location_id, one.on) for one in given]
    db.execute(
        """INSERT INTO routing_dayload (organisation_id, fulfilment_order_id, location_id, day)
           SELECT %s, u.f, u.at, u.d FROM unnest(%s::bigint[], %s::bigint[], %s::date[]) u(f, at, d) ORDER BY u.f
           ON CONFLICT (organisation_id, fulfilment_order_id)
           DO UPDATE SET location_id = EXCLUDED.location_id, day = EXCLUDED.day""",
        [ctx.organisation_id, *db.columns(lines, 3)],
    )
    db.execute(
        "DELETE FROM routing_dayload WHERE organisation_id = %s AND location_id = ANY(%s) AND day < %s",
        [ctx.organisation_id, sorted({one.location_id for one in given}), ctx.now.date() - KEPT],
    )
