"""How much of what came back stayed with the brand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx


@dataclass(frozen=True, slots=True)
class Kept:
    """The share of the value of carried-out returns that was exchanged or credited.  `of`: how many returns."""

    share: float | None
    of: int


def kept(ctx: Ctx, *, since: datetime, until: datetime) -> Kept:
    """Retained revenue of the returns that were asked for in a period; returns of the past do not count.

    Amounts of different currencies do not add, so each currency has its own share, and these are weighed by units.
    """
    found = db.dicts(
        """SELECT o.currency, sum(l.settled)::float AS units, count(DISTINCT r.id) AS returns,
                  sum(l.settled * n.total_minor::float / n.qty) AS worth,
                  COALESCE(sum(l.settled * n.total_minor::float / n.qty)
                           FILTER (WHERE l.outcome IN ('store_credit', 'exchange_variant', 'exchange_other')), 0) AS kept
             FROM returns_return r
             JOIN returns_line l ON l.organisation_id = r.organisation_id AND l.return_id = r.id
             JOIN orders_orderline n ON n.organisation_id = l.organisation_id AND n.id = l.order_line_id
             JOIN orders_order o ON o.organisation_id = n.organisation_id AND o.id = n.order_id
            WHERE r.organisation_id = %s AND NOT r.historical AND r.requested_at >= %s AND r.requested_at < %s AND l.settled > 0
            GROUP BY 1 HAVING sum(l.settled * n.total_minor::float / n.qty) > 0""",
        [ctx.organisation_id, since, until],
    )
    units = sum(line["units"] for line in found)
    share = sum(line["units"] * line["kept"] / line["worth"] for line in found) / units if units else None
    return Kept(share, sum(line["returns"] for line in found))


def count_requested(ctx: Ctx, *, since: datetime, until: datetime) -> int:
    """How many returns were asked for in a period; returns of the past do not count."""
    return int(
        db.scalar(
            """SELECT count(*) FROM returns_return
                WHERE organisation_id = %s AND NOT historical AND requested_at >= %s AND requested_at < %s""",
            [ctx.organisation_id, since, until],
        )
    )
