"""What timers look for among labels: unused ones whose window ends, and credits that are still to come; and what labels cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx


@dataclass(frozen=True, slots=True)
class CostRow:
    """What labels of a carrier cost in one currency.  Units: minor units; `pending_minor` of labels given back is still to come."""

    carrier_id: int
    currency: str
    bought: int
    bought_minor: int
    voided: int
    given_minor: int
    pending_minor: int
    refused_minor: int


def find_unused(*, now: datetime, before: Mapping[str, datetime], limit: int = 200) -> list[tuple[int, int]]:
    """Parcels whose label was bought before then and never used, whose brand lets such labels be given back by itself.

    Labels with which customers send something back are theirs to use.  A carrier that refused once is not asked again.
    Shapes: `before` by provider; (organisation id, parcel id).  `now`: nothing bought later counts.
    """
    found = db.dicts(
        """SELECT p.organisation_id, p.id FROM shipping_parcel p
             JOIN shipping_label l ON l.organisation_id = p.organisation_id AND l.parcel_id = p.id AND l.state = 'bought'
              AND l.void_wanted_at IS NULL AND l.void_refused_at IS NULL
             JOIN shipping_carrier c ON c.organisation_id = l.organisation_id AND c.id = l.carrier_id
             JOIN unnest(%s::text[], %s::timestamptz[]) w(provider, at) ON w.provider = c.provider
             LEFT JOIN shipping_policy y ON y.organisation_id = p.organisation_id
            WHERE p.state = 'labelled' AND p.direction = 'out' AND p.status IN ('pre_transit', 'unknown')
              AND l.settled_at < w.at AND l.settled_at < %s AND COALESCE(y.void_unused, TRUE)
            ORDER BY l.settled_at LIMIT %s""",
        [*db.columns(sorted(before.items()), 2), now, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def find_uncredited(*, asked_before: datetime, limit: int = 100) -> list[tuple[int, int]]:
    """Labels given back whose money is still to come, of which nobody asked since then.  Shapes: (organisation id, label id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM shipping_label WHERE state = 'voided' AND credit = 'pending'
              AND (credit_checked_at IS NULL OR credit_checked_at < %s) ORDER BY credit_checked_at NULLS FIRST, id LIMIT %s""",
        [asked_before, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def costs(ctx: Ctx, *, since: datetime, carrier_id: int | None = None) -> list[CostRow]:
    """What labels settled since then cost, by carrier and currency: those bought and kept, and what comes back of the rest."""
    return db.rows(
        CostRow,
        """SELECT carrier_id, cost_currency AS currency, count(*) FILTER (WHERE state = 'bought')::int AS bought,
                  COALESCE(sum(cost_minor) FILTER (WHERE state = 'bought'), 0)::bigint AS bought_minor,
                  count(*) FILTER (WHERE state = 'voided')::int AS voided,
                  COALESCE(sum(cost_minor) FILTER (WHERE credit = 'given'), 0)::bigint AS given_minor,
                  COALESCE(sum(cost_minor) FILTER (WHERE credit = 'pending'), 0)::bigint AS pending_minor,
                  COALESCE(sum(cost_minor) FILTER (WHERE credit = 'refused'), 0)::bigint AS refused_minor
             FROM shipping_label WHERE organisation_id = %s AND settled_at >= %s AND cost_currency <> ''
              AND state IN ('bought', 'voided') AND (%s::bigint IS NULL OR carrier_id = %s)
            GROUP BY 1, 2 ORDER BY 1, 2""",
        [ctx.organisation_id, since, carrier_id, carrier_id],
    )
