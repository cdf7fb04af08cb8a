"""Reads of carriers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base.ctx import Ctx
from doorstep.base.vendors import Accounts
from doorstep.shipping.port import sells
from doorstep.shipping.values import CarrierRow

CARRIERS = Accounts[CarrierRow](CarrierRow, table="shipping_carrier", kind="carrier", called="carrier")


def list_carriers(ctx: Ctx) -> list[CarrierRow]:
    """Every carrier, those in use first, then the one preferred last, then in the order in which they were connected."""
    return CARRIERS.list(ctx, order="preferred_at DESC NULLS LAST, id")


def get_carrier(ctx: Ctx, *, carrier_id: int) -> CarrierRow:
    """One carrier.  Refuses: unknown ids."""
    return CARRIERS.get(ctx, id=carrier_id)


def find_default_carrier(ctx: Ctx) -> CarrierRow | None:
    """The carrier that labels are bought from: of those in use the one preferred last, else the first connected."""
    return next((row for row in list_carriers(ctx) if row.active and sells(row.provider)), None)


def find_owner(*, provider: str, slug: str) -> tuple[int, int] | None:
    """Whose carrier a webhook's address names, retired ones too.  Shapes: (organisation id, carrier id)."""
    return CARRIERS.find_owner(provider=provider, slug=slug)


def find_unsubscribed(*, older_than: datetime) -> Sequence[tuple[int, int]]:
    """Carriers that should have learned since then where their webhooks go.  Shapes: (organisation id, carrier id)."""
    return CARRIERS.find_unsubscribed(older_than=older_than)
