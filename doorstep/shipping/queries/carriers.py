"""Reads of carriers."""

from __future__ import annotations

from doorstep.base.ctx import Ctx
from doorstep.base.vendors import WebhookAccounts
from doorstep.shipping.port import abilities_of, carriers, sells
from doorstep.shipping.values import CARRIER_CODE_TAKEN, CarrierRow

CARRIERS = WebhookAccounts[CarrierRow](
    CarrierRow, table="shipping_carrier", kind="carrier", called="carrier", vendors=carriers, taken=CARRIER_CODE_TAKEN,
    job="subscribe_carrier", id_name="carrier_id", pushes=lambda provider: abilities_of(provider).pushes,
)  # fmt: skip


def list_carriers(ctx: Ctx) -> list[CarrierRow]:
    """Every carrier, those in use first, then the one preferred last, then in the order in which they were connected."""
    return CARRIERS.list(ctx, order="preferred_at DESC NULLS LAST, id")


def get_carrier(ctx: Ctx, *, carrier_id: int) -> CarrierRow:
    """One carrier.  Refuses: unknown ids."""
    return CARRIERS.get(ctx, id=carrier_id)


def find_default_carrier(ctx: Ctx) -> CarrierRow | None:
    """The carrier that labels are bought from: of those in use the one preferred last, else the first connected."""
    return next((row for row in list_carriers(ctx) if row.active and sells(row.provider)), None)
