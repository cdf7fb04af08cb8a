"""How long people were at work, read from what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx

LONGEST_GAP_S = 300  # who did nothing for longer was at something else


@dataclass(frozen=True, slots=True)
class Handling:
    """What people spent on things of one kind.  `touched`: on how many.  Units: seconds."""

    touched: int
    seconds: float


def handling(ctx: Ctx, *, kind: str, types: Sequence[str], since: datetime, until: datetime) -> Handling:
    """The time between neighbouring touches by people on each thing; gaps over five minutes are left out.

    `kind`: whose timelines are looked at, e.g. "order".  `types`: what counts as a touch, as patterns with `%` at the end.
    """
    found = db.dicts(
        """SELECT count(DISTINCT timeline) AS touched,
                  COALESCE(sum(gap) FILTER (WHERE gap <= %s), 0) AS seconds
             FROM (SELECT timeline, at,
                          EXTRACT(EPOCH FROM at - lag(at) OVER (PARTITION BY timeline ORDER BY at, id)) AS gap
                     FROM base_event
                    WHERE organisation_id = %s AND actor_kind = 'staff' AND at >= %s AND at < %s
                      AND timeline LIKE %s AND type LIKE ANY(%s)) touch""",
        [LONGEST_GAP_S, ctx.organisation_id, since, until, f"{kind}:%", list(types)],
    )[0]
    return Handling(found["touched"], float(found["seconds"]))


def first_touch(ctx: Ctx) -> datetime | None:
    """When a person of the organisation first did anything."""
    found: datetime | None = db.scalar(
        "SELECT min(at) FROM base_event WHERE organisation_id = %s AND actor_kind = 'staff'", [ctx.organisation_id]
    )
    return found
