"""Writes to accounts with warehouses: connected, reached, in use or not, and where they send webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from doorstep.base import addresses, db, jobs, vendors
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import events
from doorstep.fulfilment.warehouses import queries
from doorstep.fulfilment.warehouses.queries import WAREHOUSES
from doorstep.fulfilment.warehouses.values import LOCATION_TAKEN, WAREHOUSE_CODE_TAKEN
from doorstep.locations import queries as locations


@transaction.atomic
def connect(ctx: Ctx, *, code: str, name: str, provider: str, location_id: int, settings: Mapping[str, str]) -> int:
    """Has a warehouse run a location: what is routed there from now on is sent by it.  A job tells it where webhooks go.

    Emits: WarehouseConnected.  Refuses: a taken code, a location that another runs, unknown locations, bad addresses.
    """
    reached = _check(settings)
    _require_free(ctx, location_id)
    made: int | None = db.scalar(
        """INSERT INTO fulfilment_warehouse (organisation_id, code, name, provider, location_id, settings, active, connected_at)
           VALUES (%s, %s, %s, %s, %s, '{}', TRUE, %s) ON CONFLICT DO NOTHING RETURNING id""",
        [ctx.organisation_id, code, name, provider, location_id, ctx.now],
    )
    if made is None:
        raise Refused(WAREHOUSE_CODE_TAKEN, {"code": code})
    WAREHOUSES.merge_settings(ctx, id=made, settings=reached)
    WAREHOUSES.record(ctx, events.WAREHOUSE_CONNECTED, id=made, data={"name": name, "location_id": location_id})
    subscribe(ctx, warehouse_id=made)
    return made


@transaction.atomic
def set_settings(ctx: Ctx, *, warehouse_id: int, settings: Mapping[str, str]) -> None:
    """Says where a warehouse is reached and with which token, and asks it anew for its webhooks; its secret stays.

    Emits: WarehouseChanged, where anything differs.  Refuses: unknown ones, bad addresses, another address without the token.
    """
    reached = _check(settings)
    row = WAREHOUSES.lock(ctx, id=warehouse_id)
    vendors.require_secret_anew(row.settings, reached)
    if row.settings | reached != row.settings:
        WAREHOUSES.merge_settings(ctx, id=warehouse_id, settings=reached)
        told: dict[str, object] = {"name": row.name, "url": reached.get("url", "")}
        WAREHOUSES.record(ctx, events.WAREHOUSE_CHANGED, id=warehouse_id, data=told)
    subscribe(ctx, warehouse_id=warehouse_id)


@transaction.atomic
def set_active(ctx: Ctx, *, warehouse_id: int, active: bool) -> None:
    """Retires a warehouse, or takes it back into use; what it was asked before it still sends, and is heard of.

    Emits: WarehouseRetired, WarehouseReturned.  Refuses: unknown ids, a location that another runs by now.
    """
    row = WAREHOUSES.lock(ctx, id=warehouse_id)
    if active and not row.active:
        _require_free(ctx, row.location_id)
    if WAREHOUSES.set_active(ctx, id=warehouse_id, active=active):
        kind = events.WAREHOUSE_RETURNED if active else events.WAREHOUSE_RETIRED
        WAREHOUSES.record(ctx, kind, id=warehouse_id, data={"name": row.name})


@transaction.atomic
def subscribe(ctx: Ctx, *, warehouse_id: int) -> None:
    """Wishes for a warehouse's webhooks; a job tells it where they go.  Its secret is made where there is none."""
    queries.get_warehouse(ctx, warehouse_id=warehouse_id)
    WAREHOUSES.wish_for_webhooks(ctx, id=warehouse_id)
    arguments = {"organisation_id": ctx.organisation_id, "warehouse_id": warehouse_id}
    jobs.defer("subscribe_warehouse", arguments=arguments, lock=f"warehouse:{warehouse_id}")


@transaction.atomic
def note_subscribed(ctx: Ctx, *, warehouse_id: int, wanted_at: datetime | None) -> None:
    """Notes that the warehouse took our address; a newer wish stays open.  Emits: WarehouseSubscribed."""
    WAREHOUSES.note_subscribed(ctx, id=warehouse_id, wanted_at=wanted_at, emits=events.WAREHOUSE_SUBSCRIBED)


@transaction.atomic
def note_problem(ctx: Ctx, *, warehouse_id: int, problem: str) -> None:
    """Notes that the warehouse does not answer as it should.  Emits: WarehouseFailing, once until it does."""
    WAREHOUSES.note_problem(ctx, id=warehouse_id, problem=problem, emits=events.WAREHOUSE_FAILING)


@transaction.atomic
def note_heard(ctx: Ctx, *, warehouse_id: int) -> None:
    """Notes that a webhook with the right signature came, which ends any problem."""
    WAREHOUSES.note_heard(ctx, id=warehouse_id)


@transaction.atomic
def note_rejected(ctx: Ctx, *, warehouse_id: int, reason: str) -> bool:
    """Leaves a trace of a webhook that nobody may send, at most once a minute.  Returns: whether.  Emits: WarehouseHookRejected."""
    return WAREHOUSES.note_rejected(ctx, id=warehouse_id, reason=reason, emits=events.WAREHOUSE_HOOK_REJECTED)


@transaction.atomic
def note_read(ctx: Ctx, *, warehouse_id: int, was: str, cursor: str) -> bool:
    """Moves the cursor of a warehouse's news on; False where somebody else moved it before."""
    return bool(
        db.execute(
            """UPDATE fulfilment_warehouse SET cursor = %s, read_at = %s, problem = '', problem_at = NULL
                WHERE organisation_id = %s AND id = %s AND cursor = %s""",
            [cursor, ctx.now, ctx.organisation_id, warehouse_id, was],
        )
    )


def _check(settings: Mapping[str, str]) -> dict[str, str]:
    if "url" not in settings:
        return dict(settings)
    problem = gettext_noop("This is not an address such as https://warehouse.example.com.")
    return {**settings, "url": addresses.check_url(settings["url"], problem=problem)}


def _require_free(ctx: Ctx, location_id: int) -> None:
    """Refuses: unknown locations, and one that a warehouse runs."""
    at = locations.get(ctx, location_id=location_id)
    row = queries.runs(ctx).get(location_id)
    if row is not None:
        raise Refused(LOCATION_TAKEN, {"location": at.name, "warehouse": row.name})
