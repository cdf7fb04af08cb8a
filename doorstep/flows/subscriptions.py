"""Vendors that tell by themselves learn our address, and are told it again where that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

import httpx

from doorstep.base import alone, arrivals
from doorstep.base.ctx import Ctx
from doorstep.base.vendors import WebhookAccounts, webhook_url
from doorstep.flows import pay, ship, warehouses
from doorstep.fulfilment.warehouses.queries import WAREHOUSES
from doorstep.payments.queries import ACCOUNTS
from doorstep.shipping.queries import CARRIERS

# Later than a job gives up by itself, so that the timer never adds a second one to a first that still tries.
ASK_AGAIN_AFTER = timedelta(minutes=35)


class Subscribes(Protocol):
    """A vendor that can be told where to send."""

    def subscribe(self, url: str, secret: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """Accounts of one kind, and the vendor behind a row of them."""

    accounts: WebhookAccounts[Any]
    vendor_of: Callable[[Ctx, Any], Subscribes]


KINDS = MappingProxyType(
    {
        arrivals.CARRIER: Kind(CARRIERS, lambda ctx, row: ship.carrier_of(ctx, row.id)),
        arrivals.PAYMENT: Kind(ACCOUNTS, lambda ctx, row: pay.provider_of(ctx, row.id)),
        arrivals.WAREHOUSE: Kind(WAREHOUSES, lambda _ctx, row: warehouses.warehouse_of(row)),
    }
)


def subscribe(ctx: Ctx, *, source: str, id: int) -> None:
    """Tells a vendor our address and the secret to sign with; saying it twice changes nothing.

    Raises: httpx errors, to be tried again; until then the account shows the problem, and the vendor is asked instead.
    """
    kind = KINDS[source]
    row = kind.accounts.get(ctx, id=id)
    if row.subscription_wanted_at is None:
        return
    try:
        kind.vendor_of(ctx, row).subscribe(webhook_url(row), row.settings["webhook_secret"])
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        kind.accounts.note_problem(ctx, id=id, problem=f"{type(trouble).__name__}: {trouble}")
        raise
    kind.accounts.note_subscribed(ctx, id=id, wanted_at=row.subscription_wanted_at)


def sweep(now: datetime) -> None:
    """Wishes anew for webhooks whose job gave up or got lost."""
    for source, kind in KINDS.items():
        found = kind.accounts.find_unsubscribed(older_than=now - ASK_AGAIN_AFTER)
        alone.each_of(found, partial(_wish_anew, kind), now=now, what=source)


def _wish_anew(kind: Kind, ctx: Ctx, id: int) -> None:
    kind.accounts.subscribe(ctx, id=id)
