"""How parcels speak in the timelines of their orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.shipping import locks


def touch(ctx: Ctx, parcel_ids: Sequence[int]) -> None:
    """Parcels that somebody who polls for changes is to read again."""
    db.execute(
        "UPDATE shipping_parcel SET updated_at = %s WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.now, ctx.organisation_id, list(parcel_ids)],
    )


def tell(
    ctx: Ctx, type_: str, about: Mapping[int, Mapping[str, object]], parcels: Mapping[int, locks.LockedParcel]
) -> None:
    """One event for each parcel, in its order's timeline."""
    touch(ctx, list(about))
    outbox.record(
        ctx, [Happened(type_, f"parcel:{i}", f"order:{parcels[i].order_id}", dict(data)) for i, data in about.items()]
    )
