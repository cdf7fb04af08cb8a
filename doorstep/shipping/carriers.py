"""Writes to carrier accounts after they were connected: in use or not, the first choice, and where they send webhooks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db, jobs, outbox, tokens
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.shipping import events, queries
from doorstep.shipping.values import CARRIER_RETIRED

REJECTED_EVERY = timedelta(minutes=1)
HEARD_EVERY = timedelta(seconds=5)


@transaction.atomic
def set_active(ctx: Ctx, *, carrier_id: int, active: bool) -> None:
    """Retires a carrier, or takes it back into use; one that comes back is not the first choice again by itself.

    What it was asked for before is still settled, and its parcels are tracked to the end.
    Emits: CarrierRetired, CarrierReturned.  Refuses: unknown ids.
    """
    row = queries.get_carrier(ctx, carrier_id=carrier_id)
    changed = db.execute(
        """UPDATE shipping_carrier SET active = %s, preferred_at = NULL
            WHERE organisation_id = %s AND id = %s AND active <> %s""",
        [active, ctx.organisation_id, carrier_id, active],
    )
    if changed:
        record(ctx, events.CARRIER_RETURNED if active else events.CARRIER_RETIRED, carrier_id, {"name": row.name})


@transaction.atomic
def prefer(ctx: Ctx, *, carrier_id: int) -> None:
    """Makes a carrier the one that labels are bought from.  Emits: CarrierPreferred.  Refuses: retired ones."""
    row = queries.get_carrier(ctx, carrier_id=carrier_id)
    default = queries.find_default_carrier(ctx)
    changed = db.execute(
        "UPDATE shipping_carrier SET preferred_at = %s WHERE organisation_id = %s AND id = %s AND active",
        [ctx.now, ctx.organisation_id, carrier_id],
    )
    if not changed:
        raise Refused(CARRIER_RETIRED, {"carrier": row.name})
    if default is None or default.id != carrier_id:
        record(ctx, events.CARRIER_PREFERRED, carrier_id, {"name": row.name})


@transaction.atomic
def subscribe(ctx: Ctx, *, carrier_id: int) -> None:
    """Wishes for a carrier's webhooks; a job tells it where they go.  Its secret is made where there is none."""
    queries.get_carrier(ctx, carrier_id=carrier_id)
    db.execute(
        """UPDATE shipping_carrier SET subscription_wanted_at = %s,
                  settings = jsonb_build_object('webhook_secret', %s::text) || settings
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, tokens.new_hook_secret(), ctx.organisation_id, carrier_id],
    )
    arguments = {"organisation_id": ctx.organisation_id, "carrier_id": carrier_id}
    jobs.defer("subscribe_carrier", arguments=arguments, lock=f"carrier:{carrier_id}")


@transaction.atomic
def note_subscribed(ctx: Ctx, *, carrier_id: int, wanted_at: datetime | None) -> None:
    """Notes that the carrier took our address; a newer wish stays open.  Emits: CarrierSubscribed."""
    db.execute(
        """UPDATE shipping_carrier SET subscribed_at = %s, problem = '', problem_at = NULL,
                  subscription_wanted_at = NULLIF(subscription_wanted_at, %s::timestamptz)
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, wanted_at, ctx.organisation_id, carrier_id],
    )
    record(ctx, events.CARRIER_SUBSCRIBED, carrier_id, {})


@transaction.atomic
def note_problem(ctx: Ctx, *, carrier_id: int, problem: str) -> None:
    """Notes that the carrier did not take our address.  Emits: CarrierFailing, once until it does."""
    first = db.execute(
        """UPDATE shipping_carrier SET problem = %s, problem_at = %s
            WHERE organisation_id = %s AND id = %s AND problem = ''""",
        [problem[:500], ctx.now, ctx.organisation_id, carrier_id],
    )
    if first:
        record(ctx, events.CARRIER_FAILING, carrier_id, {"problem": problem[:200]})


@transaction.atomic
def note_heard(ctx: Ctx, *, carrier_id: int) -> None:
    """Notes that a webhook with the right signature came, which ends any problem."""
    db.execute(
        """UPDATE shipping_carrier SET heard_at = %s, problem = '', problem_at = NULL
            WHERE organisation_id = %s AND id = %s AND (problem <> '' OR heard_at IS NULL OR heard_at < %s)""",
        [ctx.now, ctx.organisation_id, carrier_id, ctx.now - HEARD_EVERY],
    )


@transaction.atomic
def note_rejected(ctx: Ctx, *, carrier_id: int, reason: str) -> bool:
    """Leaves a trace of a webhook that nobody may send, at most once a minute, so that an attacker cannot fill the disk.

    Returns: whether it left one.  Emits: CarrierHookRejected.
    """
    left = db.execute(
        """UPDATE shipping_carrier SET rejected_at = %s WHERE organisation_id = %s AND id = %s
              AND (rejected_at IS NULL OR rejected_at <= %s)""",
        [ctx.now, ctx.organisation_id, carrier_id, ctx.now - REJECTED_EVERY],
    )
    if left:
        record(ctx, events.CARRIER_HOOK_REJECTED, carrier_id, {"reason": reason[:200]})
    return bool(left)


def record(ctx: Ctx, type_: str, carrier_id: int, data: dict[str, object]) -> None:
    """A line in the carrier's own timeline."""
    subject = f"carrier:{carrier_id}"
    outbox.record(ctx, [Happened(type_, subject, subject, data)])
