"""Writes to carrier accounts: connected, reached, in use or not, the first choice, and where they send webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from doorstep.base import db, jobs, vendors
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.shipping import events, queries, rules
from doorstep.shipping.port import abilities_of
from doorstep.shipping.port import carriers as ports
from doorstep.shipping.queries import CARRIERS
from doorstep.shipping.values import CARRIER_CODE_TAKEN, CARRIER_RETIRED


@transaction.atomic
def connect(ctx: Ctx, *, code: str, name: str, provider: str, settings: Mapping[str, str]) -> int:
    """Adds a carrier account with an address for its webhooks; a job tells it where they go.

    Emits: CarrierConnected.  Refuses: a taken code, bad addresses.
    """
    reached = rules.check_settings(settings)
    made = CARRIERS.add(ctx, code=code, name=name, provider=provider, settings=reached)
    if made is None:
        raise Refused(CARRIER_CODE_TAKEN, {"code": code})
    CARRIERS.record(ctx, events.CARRIER_CONNECTED, id=made, data={"name": name, "provider": provider})
    if provider not in ports.names() or abilities_of(provider).pushes:
        subscribe(ctx, carrier_id=made)
    return made


@transaction.atomic
def set_settings(ctx: Ctx, *, carrier_id: int, settings: Mapping[str, str]) -> None:
    """Says where a carrier is reached and with which token, and asks it anew for its webhooks; its secret stays.

    Emits: CarrierChanged, where anything differs.  Refuses: unknown carriers, bad addresses, another address without the token.
    """
    reached = rules.check_settings(settings)
    row = CARRIERS.lock(ctx, id=carrier_id)
    vendors.require_secret_anew(row.settings, reached)
    if row.settings | reached != row.settings:
        CARRIERS.merge_settings(ctx, id=carrier_id, settings=reached)
        told: dict[str, object] = {"name": row.name, "url": reached.get("url", "")}
        CARRIERS.record(ctx, events.CARRIER_CHANGED, id=carrier_id, data=told)
    subscribe(ctx, carrier_id=carrier_id)


@transaction.atomic
def set_active(ctx: Ctx, *, carrier_id: int, active: bool) -> None:
    """Retires a carrier, or takes it back into use; one that comes back is not the first choice again by itself.

    What it was asked for before is still settled, and its parcels are tracked to the end.
    Emits: CarrierRetired, CarrierReturned.  Refuses: unknown ids.
    """
    row = queries.get_carrier(ctx, carrier_id=carrier_id)
    if CARRIERS.set_active(ctx, id=carrier_id, active=active):
        db.execute(
            "UPDATE shipping_carrier SET preferred_at = NULL WHERE organisation_id = %s AND id = %s",
            [ctx.organisation_id, carrier_id],
        )
        kind = events.CARRIER_RETURNED if active else events.CARRIER_RETIRED
        CARRIERS.record(ctx, kind, id=carrier_id, data={"name": row.name})


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
        CARRIERS.record(ctx, events.CARRIER_PREFERRED, id=carrier_id, data={"name": row.name})


@transaction.atomic
def subscribe(ctx: Ctx, *, carrier_id: int) -> None:
    """Wishes for a carrier's webhooks; a job tells it where they go.  Its secret is made where there is none."""
    queries.get_carrier(ctx, carrier_id=carrier_id)
    CARRIERS.wish_for_webhooks(ctx, id=carrier_id)
    arguments = {"organisation_id": ctx.organisation_id, "carrier_id": carrier_id}
    jobs.defer("subscribe_carrier", arguments=arguments, lock=f"carrier:{carrier_id}")


@transaction.atomic
def note_subscribed(ctx: Ctx, *, carrier_id: int, wanted_at: datetime | None) -> None:
    """Notes that the carrier took our address; a newer wish stays open.  Emits: CarrierSubscribed."""
    CARRIERS.note_subscribed(ctx, id=carrier_id, wanted_at=wanted_at, emits=events.CARRIER_SUBSCRIBED)


@transaction.atomic
def note_problem(ctx: Ctx, *, carrier_id: int, problem: str) -> None:
    """Notes that the carrier did not take our address.  Emits: CarrierFailing, once until it does."""
    CARRIERS.note_problem(ctx, id=carrier_id, problem=problem, emits=events.CARRIER_FAILING)


@transaction.atomic
def note_heard(ctx: Ctx, *, carrier_id: int) -> None:
    """Notes that a webhook with the right signature came, which ends any problem."""
    CARRIERS.note_heard(ctx, id=carrier_id)


@transaction.atomic
def note_rejected(ctx: Ctx, *, carrier_id: int, reason: str) -> bool:
    """Leaves a trace of a webhook that nobody may send, at most once a minute.  Returns: whether.  Emits: CarrierHookRejected."""
    return CARRIERS.note_rejected(ctx, id=carrier_id, reason=reason, emits=events.CARRIER_HOOK_REJECTED)
