"""What carriers tell of parcels, kept once and read as one status; `actions` offers it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.shipping import events, locks, rules
from doorstep.shipping.locks import LockedParcel
from doorstep.shipping.port import Scan
from doorstep.shipping.values import TrackingStatus


@transaction.atomic
def record_scans(ctx: Ctx, *, scans: Sequence[Scan]) -> int:
    """Keeps tracking events, each once by its external id, and moves the status of their parcels.

    The status follows from all events by their own times, so it is the same in whatever order they come; a parcel that was
    delivered does not turn back.  Events of unknown parcels are left out.  Returns: how many events were new.
    Locks: parcels by id.  Emits: ParcelTracked per change of status, ParcelDelivered at the first delivery.
    """
    owners = db.dicts(
        """SELECT DISTINCT l.tracking_number, l.parcel_id FROM shipping_label l
            WHERE l.organisation_id = %s AND l.tracking_number = ANY(%s) AND l.tracking_number <> ''""",
        [ctx.organisation_id, sorted({s.tracking_number for s in scans})],
    )
    parcel_of = {line["tracking_number"]: line["parcel_id"] for line in owners}
    rows = locks.parcels(ctx, parcel_of.values())
    known = [s for s in scans if s.tracking_number in parcel_of]
    lines = [
        (parcel_of[s.tracking_number], s.external_id[:120], s.status.value if s.status else "", s.raw_code[:40],
         s.description[:255], s.place[:120], s.at)
        for s in known
    ]  # fmt: skip
    new = db.column(
        """INSERT INTO shipping_trackingevent (organisation_id, parcel_id, external_id, status, raw_code, description, place,
                                               at, received_at)
           SELECT DISTINCT ON (u.p, u.x) %s, u.p, u.x, u.s, u.c, u.d, u.pl, u.at, %s
             FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
                  u(p, x, s, c, d, pl, at)
           ON CONFLICT (organisation_id, parcel_id, external_id) DO NOTHING RETURNING parcel_id""",
        [ctx.organisation_id, ctx.now, *db.columns(lines, 7)],
    )
    if new:
        _estimate(ctx, parcel_of, known)
        _move(ctx, {i: rows[i] for i in sorted(set(new))})
    return len(new)


def _estimate(ctx: Ctx, parcel_of: dict[str, int], scans: Sequence[Scan]) -> None:
    """The newest event's delivery estimate, unless a newer event was here before."""
    newest: dict[int, tuple[datetime, date]] = {}
    for scan in scans:
        parcel = parcel_of[scan.tracking_number]
        if scan.estimated_on and (parcel not in newest or newest[parcel][0] <= scan.at):
            newest[parcel] = (scan.at, scan.estimated_on)
    db.execute(
        """UPDATE shipping_parcel p SET estimated_on = u.d FROM unnest(%s::bigint[], %s::timestamptz[], %s::date[]) u(i, at, d)
            WHERE p.organisation_id = %s AND p.id = u.i AND (p.status_at IS NULL OR p.status_at <= u.at)""",
        [*db.columns([(i, at, on) for i, (at, on) in newest.items()], 3), ctx.organisation_id],
    )


def _move(ctx: Ctx, rows: dict[int, LockedParcel]) -> None:
    told: dict[int, list[tuple[datetime, str]]] = {}
    for line in db.dicts(
        "SELECT parcel_id, at, status FROM shipping_trackingevent WHERE organisation_id = %s AND parcel_id = ANY(%s)",
        [ctx.organisation_id, list(rows)],
    ):
        told.setdefault(line["parcel_id"], []).append((line["at"], line["status"]))
    moved = []
    for i, row in rows.items():
        now = rules.status_after(told.get(i, []))
        if now is not None:
            moved.append((row, now[0], now[1]))
    delivered = TrackingStatus.DELIVERED.value
    db.execute(
        """UPDATE shipping_parcel p SET status = u.s, status_at = u.at,
                  delivered_at = CASE WHEN u.s = 'delivered' THEN u.at ELSE p.delivered_at END
             FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) u(i, s, at) WHERE p.organisation_id = %s AND p.id = u.i""",
        [*db.columns([(row.id, s.value, at) for row, at, s in moved], 3), ctx.organisation_id],
    )
    facts = []
    for row, at, status in moved:
        if status.value == row.status:
            continue
        data = {"parcel_id": row.id, "status": status.value, "was": row.status, "at": at.isoformat(),
                "tracking_number": row.tracking_number}  # fmt: skip
        facts.append(Happened(events.PARCEL_TRACKED, f"parcel:{row.id}", f"order:{row.order_id}", data))
        if status.value == delivered:
            facts.append(Happened(events.PARCEL_DELIVERED, f"parcel:{row.id}", f"order:{row.order_id}", data))
    outbox.record(ctx, facts)
