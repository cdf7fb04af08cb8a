"""Writes to parcels that somebody else closed and labelled."""

from __future__ import annotations

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.shipping.actions.parcels import pack
from doorstep.shipping.values import Box


@transaction.atomic
def take_over(
    ctx: Ctx, *, box: Box, carrier_id: int | None, carried_by: str, service: str, tracking_number: str
) -> int | None:
    """Keeps a parcel as somebody else closed and labelled it; told twice, it is one.  None where it was told before.

    `carried_by`: what they call the carrier.  `carrier_id`: our account with it, where there is one that can be asked.
    Locks: the fulfilment order.  Emits: ParcelPacked.  Refuses: units that lie in another live parcel already.
    """
    made = pack(ctx, boxes=[box])
    if not made:
        return None
    db.execute(
        """UPDATE shipping_parcel SET state = 'labelled', carrier_id = %s, carried_by = %s, service = %s, tracking_number = %s,
                  search = search || ' ' || base_searchable(%s)
            WHERE organisation_id = %s AND id = %s""",
        [
            carrier_id, carried_by[:80] or "-", service[:40], tracking_number[:60], tracking_number[:60], ctx.organisation_id,
            made[0],
        ],
    )  # fmt: skip
    return made[0]
