"""Writes to tracking: what carriers tell of parcels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.shipping import codes, events, locks, numbers, queries, rules
from doorstep.shipping.actions.telling import tell, touch
from doorstep.shipping.port import Scan
from doorstep.shipping.values import NOT_YET_SCANNED, PARCELS, Aside, Direction, ParcelState, TrackingStatus

GIVEN_UP = "doorstep-expired"


@transaction.atomic
def record_scans(ctx: Ctx, *, parcel_id: int, scans: Sequence[Scan]) -> set[str]:
    """Keeps what a carrier told of a parcel; the same event twice, or in disorder, changes nothing.

    Scans of another parcel that had or got its number are kept aside and say nothing of it.
    Returns: the carrier's ids of the events that were news.
    Locks: the parcel.  Emits: ParcelTracked when its status changes, ParcelDelivered once; of one that comes back
    ParcelComingBack at its first scan and ParcelBack when it is here; ScansSetAside.
    """
    parcels = locks.parcels(ctx, [parcel_id])
    scans = codes.named(ctx, carrier_id=parcels[parcel_id].carrier_id, scans=scans)
    bearer = queries.bearer(ctx, parcel_id=parcel_id)
    asides = numbers.asides(bearer, scans)
    before = queries.stands_of(ctx, parcel_id=parcel_id)
    news = _keep(ctx, parcel_id, scans, asides)
    told = queries.stands_of(ctx, parcel_id=parcel_id)
    now = rules.status_after([(at, status) for at, _, status in told], heard=[heard_at for _, heard_at, _ in told])
    own = [scan for scan, aside in zip(scans, asides, strict=True) if aside is None]
    newest = max((s for s in own if s.estimated_on), key=lambda s: s.at, default=None)
    newest_before = max(((min(at, heard_at), at) for at, heard_at, _ in before), default=None)
    is_newer = newest is not None and (newest_before is None or (min(newest.at, ctx.now), newest.at) >= newest_before)
    estimated = newest.estimated_on if newest and is_newer else None
    at, status = now or (None, TrackingStatus(parcels[parcel_id].status))
    was_delivered = bearer.delivered_at is not None
    delivered_at: datetime | None = at if status is TrackingStatus.DELIVERED else None
    db.execute(
        """UPDATE shipping_parcel SET status = %s, status_at = COALESCE(%s, status_at), checked_at = %s,
                  delivered_at = COALESCE(delivered_at, %s), estimated_on = COALESCE(%s, estimated_on)
            WHERE organisation_id = %s AND id = %s""",
        [status.value, at, ctx.now, delivered_at, estimated, ctx.organisation_id, parcel_id],
    )
    if news:
        touch(ctx, [parcel_id])
    strange = [aside for scan, aside in zip(scans, asides, strict=True) if aside and scan.external_id[:120] in news]
    if strange:
        tell(ctx, events.SCANS_SET_ASIDE, {parcel_id: {"why": strange[0].value, "n": len(strange)}}, parcels)
    if status != parcels[parcel_id].status:
        tell(ctx, events.PARCEL_TRACKED, {parcel_id: {"status": status.value}}, parcels)
        is_back = parcels[parcel_id].direction == Direction.BACK
        if is_back and status not in NOT_YET_SCANNED:
            _set_out(ctx, parcel_id, at or ctx.now, parcels)
        if status is TrackingStatus.DELIVERED and not was_delivered:
            tell(ctx, events.PARCEL_BACK if is_back else events.PARCEL_DELIVERED, {parcel_id: {}}, parcels)
    return news


def _keep(ctx: Ctx, parcel_id: int, scans: Sequence[Scan], asides: Sequence[Aside | None]) -> set[str]:
    lines = [
        (
            s.external_id[:120], s.status.value if s.status else "", s.raw_code[:40], s.description[:255], s.place[:120], s.at,
            s.trouble.value if s.trouble else "", aside.value if aside else "",
        )
        for s, aside in zip(scans, asides, strict=True)
    ]  # fmt: skip
    news = db.column(
        """INSERT INTO shipping_trackingevent (organisation_id, parcel_id, external_id, status, raw_code, description, place, at,
                                               trouble, aside, received_at)
           SELECT %s, %s, u.*, %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
                                              %s::text[], %s::text[]) u
           ON CONFLICT (organisation_id, parcel_id, external_id) DO NOTHING RETURNING external_id""",
        [ctx.organisation_id, parcel_id, ctx.now, *db.columns(lines, 8)],
    )
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


@transaction.atomic
def vouch(ctx: Ctx, *, parcel_id: int) -> None:
    """Says for a person that every scan with a parcel's number is its own, though its carrier names another place.

    Locks: the parcel.  Emits: ScansTakenBack, and what the scans say.  Refuses: unknown parcels.
    """
    queries.get_parcel(ctx, parcel_id=parcel_id)
    parcels = locks.parcels(ctx, [parcel_id])
    mine = [ctx.organisation_id, parcel_id]
    taken = db.execute(
        "UPDATE shipping_trackingevent SET aside = '' WHERE organisation_id = %s AND parcel_id = %s AND aside <> ''", mine
    )
    db.execute("UPDATE shipping_parcel SET vouched = TRUE WHERE organisation_id = %s AND id = %s", mine)
    tell(ctx, events.SCANS_TAKEN_BACK, {parcel_id: {"n": taken}}, parcels)
    record_scans(ctx, parcel_id=parcel_id, scans=[])


@transaction.atomic
def ask_later(ctx: Ctx, *, parcel_id: int, at: datetime | None) -> None:
    """Says when a carrier is next asked after a parcel; None as often as others."""
    db.execute(
        "UPDATE shipping_parcel SET ask_at = %s, checked_at = %s WHERE organisation_id = %s AND id = %s",
        [at, ctx.now, ctx.organisation_id, parcel_id],
    )


@transaction.atomic
def give_up(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Ends the tracking of parcels of which nothing is heard any more; a scan that comes yet takes it up again.

    Returns: ids of those given up now.  Locks: parcels by id.  Emits: ParcelTracked.
    """
    ended = []
    for parcel_id in sorted(parcel_ids):
        locked = locks.parcels(ctx, [parcel_id])
        if parcel_id not in locked or locked[parcel_id].status == TrackingStatus.EXPIRED:
            continue
        told = Scan(
            f"{GIVEN_UP}-{ctx.now:%Y%m%d}", locked[parcel_id].tracking_number, TrackingStatus.EXPIRED, GIVEN_UP, "", "", ctx.now
        )
        bearer = replace(queries.bearer(ctx, parcel_id=parcel_id), vouched=True)
        _keep(ctx, parcel_id, [told], numbers.asides(bearer, [told]))
        record_scans(ctx, parcel_id=parcel_id, scans=[])
        ended.append(parcel_id)
    return ended


@transaction.atomic
def note_delayed(ctx: Ctx, *, delays: Mapping[int, Mapping[str, object]]) -> None:
    """Tells of parcels that are delayed, as whoever found it out says.  Shapes: `kind` (`values.Delay`) and its facts, by parcel.

    Locks: parcels by id.  Emits: ParcelDelayed per parcel.
    """
    tell(ctx, events.PARCEL_DELAYED, delays, locks.parcels(ctx, list(delays)))
