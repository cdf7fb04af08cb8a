"""Writes to carrier accounts: their life is that of every vendor's; beside it stand the first choice and who asked for quiet."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.shipping import events, queries
from doorstep.shipping.queries import CARRIERS
from doorstep.shipping.values import CARRIER_RETIRED

connect, set_settings, subscribe = CARRIERS.connect, CARRIERS.set_settings, CARRIERS.subscribe
note_subscribed, note_problem, note_well = CARRIERS.note_subscribed, CARRIERS.note_problem, CARRIERS.note_well


@transaction.atomic
def set_active(ctx: Ctx, *, id: int, active: bool) -> None:
    """Retires a carrier, or takes it back into use; one that comes back is not the first choice again by itself.

    What it was asked for before is still settled, and its parcels are tracked to the end.
    Emits: CarrierRetired, CarrierReturned.  Refuses: unknown ids.
    """
    if CARRIERS.set_active(ctx, id=id, active=active):
        db.execute(
            "UPDATE shipping_carrier SET preferred_at = NULL WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, id]
        )


@transaction.atomic
def prefer(ctx: Ctx, *, id: int) -> None:
    """Makes a carrier the one that labels are bought from.  Emits: CarrierPreferred.  Refuses: retired ones."""
    row = queries.get_carrier(ctx, carrier_id=id)
    default = queries.find_default_carrier(ctx)
    changed = db.execute(
        "UPDATE shipping_carrier SET preferred_at = %s WHERE organisation_id = %s AND id = %s AND active",
        [ctx.now, ctx.organisation_id, id],
    )
    if not changed:
        raise Refused(CARRIER_RETIRED, {"carrier": row.name})
    if default is None or default.id != id:
        CARRIERS.record(ctx, events.CARRIER_PREFERRED, id=id, data={"name": row.name})


@transaction.atomic
def be_quiet(ctx: Ctx, *, id: int, until: datetime) -> None:
    """Notes that a carrier asked not to be asked after parcels before then."""
    db.execute(
        "UPDATE shipping_carrier SET quiet_until = %s WHERE organisation_id = %s AND id = %s", [until, ctx.organisation_id, id]
    )
