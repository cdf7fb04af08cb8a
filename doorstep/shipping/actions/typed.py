"""Numbers of labels that were bought elsewhere, typed by a person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.shipping import events, locks, queries
from doorstep.shipping.actions.telling import tell
from doorstep.shipping.values import HAS_A_LABEL, LIVE_LABELS, NO_NUMBER, NOT_ON_THE_FLOOR, ParcelState

SHORTEST, LONGEST = 6, 60


@transaction.atomic
def type_number(
    ctx: Ctx, *, parcel_id: int, carrier_id: int, number: str, service: str = "", since: datetime | None = None
) -> int:
    """Puts a label that was bought elsewhere on a packed parcel; it is tracked like any other.

    `since`: scans before are of another parcel; None: those before it was packed.
    Returns: the label's id.  Locks: the parcel, then its labels.  Emits: NumberTyped.
    Refuses: unknown parcels and carriers, numbers that are none, parcels that have left or have a label.
    """
    carrier = queries.get_carrier(ctx, carrier_id=carrier_id)
    number = "".join(number.split()).upper()
    if not (SHORTEST <= len(number) <= LONGEST and number.isascii() and number.replace("-", "").isalnum()):
        raise Refused(NO_NUMBER, {"field": "number", "number": number[:LONGEST]})
    queries.get_parcel(ctx, parcel_id=parcel_id)
    parcels = locks.parcels(ctx, [parcel_id])
    parcel = parcels[parcel_id]
    if any(label.state in LIVE_LABELS for label in locks.labels_of(ctx, [parcel_id])):
        raise Refused(HAS_A_LABEL, {"parcel": parcel_id})
    if parcel.state != ParcelState.PACKED:
        raise Refused(NOT_ON_THE_FLOOR, {"parcel": parcel_id, "state": parcel.state, "what": "parcel"})
    label_id: int = db.scalar(
        """INSERT INTO shipping_label (organisation_id, parcel_id, key, state, carrier_id, service, vendor_id, tracking_number,
                                       sort_code, cost_minor, cost_currency, problem, wanted_at, settled_at, asked_times)
           VALUES (%s, %s, 'typed-' || gen_random_uuid(), 'bought', %s, %s, '', %s, '', 0, '', '', %s, %s, 0) RETURNING id""",
        [ctx.organisation_id, parcel_id, carrier.id, service[:40], number, ctx.now, ctx.now],
    )
    db.execute(
        """UPDATE shipping_parcel SET state = 'labelled', carrier_id = %s, service = %s, tracking_number = %s, tracked_since = %s,
                  search = search || ' ' || base_searchable(%s)
            WHERE organisation_id = %s AND id = %s""",
        [carrier.id, service[:40], number, since, number, ctx.organisation_id, parcel_id],
    )
    data = {"label_id": label_id, "tracking_number": number, "carrier": carrier.name}
    tell(ctx, events.NUMBER_TYPED, {parcel_id: data}, parcels)
    return label_id
