"""What is known of the ways of parcels: read, added to, and said of parcels that leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.shipping.estimates import Expected, Lane
from doorstep.shipping.queries import parcels_by_id
from doorstep.shipping.values import ParcelRow

_LANE = "SELECT key, days, weekdays, seen, asked, gaps FROM shipping_lane WHERE organisation_id = %s AND key = ANY(%s)"


def of_keys(ctx: Ctx, *, keys: Sequence[str]) -> dict[str, Lane]:
    """Ways by their keys; those of which nothing is known are not among them."""
    return {lane.key: lane for lane in map(_lane, db.dicts(_LANE, [ctx.organisation_id, list(keys)]))}


def _lane(line: Mapping[str, object]) -> Lane:
    arrays = {name: tuple(line[name]) for name in ("days", "weekdays", "gaps")}  # type: ignore[arg-type,var-annotated]
    return Lane(**{**line, **arrays})  # type: ignore[arg-type]


def lock(ctx: Ctx, *, keys: Sequence[str]) -> dict[str, Lane]:
    """Locks ways for the transaction, those made that are not there yet.  Locks: ascending by key."""
    wanted, empty = sorted(set(keys)), Lane("")
    db.execute(
        """INSERT INTO shipping_lane (organisation_id, key, days, weekdays, gaps, seen, asked, updated_at)
           SELECT %s, k, %s, %s, %s, 0, %s, %s FROM unnest(%s::text[]) k ORDER BY k ON CONFLICT DO NOTHING""",
        [ctx.organisation_id, list(empty.days), list(empty.weekdays), list(empty.gaps), empty.asked, ctx.now, wanted],
    )
    found = db.dicts(_LANE + " ORDER BY key FOR NO KEY UPDATE", [ctx.organisation_id, wanted])
    return {lane.key: lane for lane in map(_lane, found)}


def keep(ctx: Ctx, *, lanes: Sequence[Lane]) -> None:
    """Keeps ways that are locked, as they are now."""
    for lane in sorted(lanes, key=lambda one: one.key):
        db.execute(
            """UPDATE shipping_lane SET days = %s, weekdays = %s, gaps = %s, seen = %s, asked = %s, updated_at = %s
                WHERE organisation_id = %s AND key = %s""",
            [
                list(lane.days), list(lane.weekdays), list(lane.gaps), lane.seen, lane.asked, ctx.now, ctx.organisation_id,
                lane.key,
            ],
        )  # fmt: skip


@transaction.atomic
def say(ctx: Ctx, *, expected: Mapping[int, Expected]) -> None:
    """Keeps what is said of parcels when they leave; what was said before stays, to be judged.  Locks: parcels by id."""
    for parcel_id, one in sorted(expected.items()):
        db.execute(
            """UPDATE shipping_parcel SET expected_from = %s, expected_on = %s, expected_to = %s, late_after = %s,
                      expected_level = %s, expected_seen = %s, updated_at = %s
                WHERE organisation_id = %s AND id = %s AND expected_on IS NULL AND delivered_at IS NULL""",
            [
                one.from_on, one.on, one.to_on, one.late_after, one.level, one.seen, ctx.now, ctx.organisation_id, parcel_id,
            ],
        )  # fmt: skip


def begin(ctx: Ctx, *, parcel_id: int) -> bool:
    """Notes that a delivery is learnt from; False where it was before, or where there is nothing to learn from."""
    return bool(
        db.execute(
            """UPDATE shipping_parcel SET learnt_at = %s WHERE organisation_id = %s AND id = %s AND learnt_at IS NULL
                  AND direction = 'out' AND delivered_at IS NOT NULL""",
            [ctx.now, ctx.organisation_id, parcel_id],
        )
    )


def find_unlearnt(ctx: Ctx, *, before: datetime, limit: int = 500) -> list[ParcelRow]:
    """Delivered parcels that nobody learnt from, in the order in which they came.  `before`: delivered before then."""
    ids = db.column(
        """SELECT id FROM shipping_parcel WHERE organisation_id = %s AND direction = 'out' AND delivered_at < %s
              AND learnt_at IS NULL ORDER BY delivered_at, id LIMIT %s""",
        [ctx.organisation_id, before, limit],
    )
    rows = parcels_by_id(ctx, ids=ids)
    return [rows[id] for id in ids]
