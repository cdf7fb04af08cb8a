"""Writes to tracking: what carriers tell of parcels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.shipping import events, locks, queries, rules
from doorstep.shipping.actions.telling import tell, touch
from doorstep.shipping.port import Scan
from doorstep.shipping.values import NOT_YET_SCANNED, PARCELS, Direction, ParcelState, TrackingStatus


@transaction.atomic
def record_scans(ctx: Ctx, *, parcel_id: int, scans: Sequence[Scan]) -> set[str]:
    """Keeps what a carrier told of a parcel; the same event twice, or in disorder, changes nothing.

    Returns: the carrier's ids of the events that were news.
    Locks: the parcel.  Emits: ParcelTracked when its status changes, ParcelDelivered once; of one that comes back
    ParcelComingBack at its first scan and ParcelBack when it is here.
    """
    parcels = locks.parcels(ctx, [parcel_id])
    lines = [
        (
            s.external_id[:120],
            s.status.value if s.status else "",
            s.raw_code[:40],
            s.description[:255],
            s.place[:120],
            s.at,
        )
        for s in scans
    ]
    before = [(e.at, e.status) for e in queries.tracking_of(ctx, parcel_ids=[parcel_id])]
    news = db.column(
        """INSERT INTO shipping_trackingevent (organisation_id, parcel_id, external_id, status, raw_code, description, place, at,
                                               received_at)
           SELECT %s, %s, u.*, %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[]) u
           ON CONFLICT (organisation_id, parcel_id, external_id) DO NOTHING RETURNING external_id""",
        [ctx.organisation_id, parcel_id, ctx.now, *db.columns(lines, 6)],
    )
    told = [(e.at, e.status) for e in queries.tracking_of(ctx, parcel_ids=[parcel_id])]
    now = rules.status_after(told)
    newest = max((s for s in scans if s.estimated_on), key=lambda s: s.at, default=None)
    known_until = max((at for at, _ in before), default=None)
    estimated = newest.estimated_on if newest and (known_until is None or newest.at >= known_until) else None
    at, status = now or (None, TrackingStatus(parcels[parcel_id].status))
    was_delivered = queries.get_parcel(ctx, parcel_id=parcel_id).delivered_at is not None
    delivered_at: datetime | None = at if status is TrackingStatus.DELIVERED else None
    db.execute(
        """UPDATE shipping_parcel SET status = %s, status_at = COALESCE(%s, status_at), checked_at = %s,
                  delivered_at = COALESCE(delivered_at, %s), estimated_on = COALESCE(%s, estimated_on)
            WHERE organisation_id = %s AND id = %s""",
        [status.value, at, ctx.now, delivered_at, estimated, ctx.organisation_id, parcel_id],
    )
    if news:
        touch(ctx, [parcel_id])
    if status != parcels[parcel_id].status:
        tell(ctx, events.PARCEL_TRACKED, {parcel_id: {"status": status.value}}, parcels)
        is_back = parcels[parcel_id].direction == Direction.BACK
        if is_back and status not in NOT_YET_SCANNED:
            _set_out(ctx, parcel_id, at or ctx.now, parcels)
        if status is TrackingStatus.DELIVERED and not was_delivered:
            tell(ctx, events.PARCEL_BACK if is_back else events.PARCEL_DELIVERED, {parcel_id: {}}, parcels)
    return set(news)


def _set_out(ctx: Ctx, parcel_id: int, at: datetime, parcels: Mapping[int, locks.LockedParcel]) -> None:
    """A parcel that comes back is in the carrier's hands from its first scan; nobody else says so."""
    changed = db.execute(
        """UPDATE shipping_parcel SET state = 'handed_over', handed_over_at = %s, told_at = %s
            WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
        [at, ctx.now, ctx.organisation_id, parcel_id, PARCELS.sources(ParcelState.HANDED_OVER)],
    )
    if changed:
        number = parcels[parcel_id].tracking_number
        tell(ctx, events.PARCEL_COMING_BACK, {parcel_id: {"tracking_number": number}}, parcels)
