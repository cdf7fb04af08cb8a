"""Carriers' codes that our tables do not know: counted, and named by a brand for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from doorstep.accounts.rules import require_choice
from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.shipping import events
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus

MEANINGS = ("", *(s.value for s in TrackingStatus if s is not TrackingStatus.UNKNOWN))
MOST = 200


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that nobody knows: how often it came, and what the carrier wrote beside it last."""

    provider: str
    raw_code: str
    seen: int
    parcels: int
    description: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a brand says that a code means; "" says nothing of where a parcel is."""

    provider: str
    raw_code: str
    status: str
    named_at: datetime


def list_unknown(ctx: Ctx) -> list[UnknownCode]:
    """Codes that our tables do not know, the most frequent first."""
    return db.rows(
        UnknownCode,
        """SELECT c.provider, e.raw_code, count(*)::int AS seen, count(DISTINCT e.parcel_id)::int AS parcels,
                  (array_agg(e.description ORDER BY e.at DESC))[1] AS description, max(e.at) AS last_at
             FROM shipping_trackingevent e
             JOIN shipping_parcel p ON p.organisation_id = e.organisation_id AND p.id = e.parcel_id
             JOIN shipping_carrier c ON c.organisation_id = p.organisation_id AND c.id = p.carrier_id
            WHERE e.organisation_id = %s AND e.status = 'unknown'
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %s""",
        [ctx.organisation_id, MOST],
    )


def list_meanings(ctx: Ctx) -> list[Meaning]:
    """What the brand says that codes mean, the newest first."""
    return db.rows(
        Meaning,
        """SELECT provider, raw_code, status, named_at FROM shipping_codemeaning WHERE organisation_id = %s
            ORDER BY named_at DESC, id DESC LIMIT %s""",
        [ctx.organisation_id, MOST],
    )


def named(ctx: Ctx, *, carrier_id: int | None, scans: Sequence[Scan]) -> list[Scan]:
    """Scans with the meaning that the brand gave to codes which our tables do not know."""
    unknown = sorted({scan.raw_code[:40] for scan in scans if scan.status is TrackingStatus.UNKNOWN})
    if not unknown or carrier_id is None:
        return list(scans)
    lines = db.dicts(
        """SELECT m.raw_code, m.status FROM shipping_codemeaning m
             JOIN shipping_carrier c ON c.organisation_id = m.organisation_id AND c.provider = m.provider
            WHERE m.organisation_id = %s AND c.id = %s AND m.raw_code = ANY(%s)""",
        [ctx.organisation_id, carrier_id, unknown],
    )
    means = {line["raw_code"]: line["status"] for line in lines}
    return [
        replace(scan, status=TrackingStatus(means[code]) if means[code] else None)
        if scan.status is TrackingStatus.UNKNOWN and (code := scan.raw_code[:40]) in means
        else scan
        for scan in scans
    ]


@transaction.atomic
def name(ctx: Ctx, *, provider: str, raw_code: str, status: str) -> list[int]:
    """Says what a code means for this brand, from now on and in what was told before.

    Returns: ids of the parcels that it was told of, whose state is to be drawn anew.  Emits: CodeNamed per carrier account.
    Refuses: words that are none of ours.
    """
    require_choice("status", status, MEANINGS)
    db.execute(
        """INSERT INTO shipping_codemeaning (organisation_id, provider, raw_code, status, named_at) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id, provider, raw_code)
           DO UPDATE SET status = EXCLUDED.status, named_at = EXCLUDED.named_at""",
        [ctx.organisation_id, provider[:30], raw_code[:40], status, ctx.now],
    )
    told = db.column(
        """UPDATE shipping_trackingevent e SET status = %s FROM shipping_parcel p, shipping_carrier c
            WHERE e.organisation_id = %s AND e.raw_code = %s AND e.status = 'unknown'
              AND p.organisation_id = e.organisation_id AND p.id = e.parcel_id
              AND c.organisation_id = p.organisation_id AND c.id = p.carrier_id AND c.provider = %s
           RETURNING e.parcel_id""",
        [status, ctx.organisation_id, raw_code[:40], provider[:30]],
    )
    accounts = db.column(
        "SELECT id FROM shipping_carrier WHERE organisation_id = %s AND provider = %s ORDER BY id",
        [ctx.organisation_id, provider[:30]],
    )
    data = {"code": raw_code[:40], "status": status}
    outbox.record(ctx, [Happened(events.CODE_NAMED, f"carrier:{id}", f"carrier:{id}", data) for id in accounts])
    return sorted(set(told))
