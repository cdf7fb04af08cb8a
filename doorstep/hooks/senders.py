"""Who may send webhooks. One kind of sender is one row of a table; the door treats them all alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorstep.base import arrivals
from doorstep.base.ctx import SYSTEM, Actor, ActorKind, Ctx
from doorstep.base.vendors import Accounts, webhook_url
from doorstep.channels import actions as channels
from doorstep.channels import queries as channel_queries
from doorstep.channels.port import Delivery, shops
from doorstep.channels.queries import CONNECTIONS
from doorstep.flows import fetch_mail, pay, send_text, ship, warehouses
from doorstep.fulfilment.port import warehouses as warehouse_ports
from doorstep.fulfilment.warehouses.queries import WAREHOUSES
from doorstep.hooks import limits
from doorstep.messaging.port import texters
from doorstep.messaging.queries import MAILBOXES, SMS_ACCOUNTS
from doorstep.messaging.rules import check_signature
from doorstep.payments.port import payments
from doorstep.payments.queries import ACCOUNTS
from doorstep.shipping.port import carriers
from doorstep.shipping.queries import CARRIERS

TRACKING, MONEY, REPORT = "tracking", "payment", "report"
PUSHED_MAIL, TEXTS = "mail", "text"
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sender.  `providers`: what stands in their addresses; `open` refuses what one did not sign (`BAD_SIGNATURE`).

    `any_vendor`: an address says the kind alone.  `acts_as`: in whose name deliveries are read; None: Doorstep's own.
    `note_seen`: what else is noted of one that was signed.
    `named`: under which id a delivery is kept, where that is not the sender's own; it is asked in the keeping transaction.
    """

    source: str
    accounts: Accounts[Any]
    providers: Callable[[], Collection[str]]
    open: Callable[[Ctx, Any, Headers, bytes], Delivery]
    any_vendor: bool = False
    acts_as: ActorKind | None = None
    note_seen: Callable[[Ctx, int], None] | None = None
    named: Callable[[Ctx, int, bytes], str] | None = None
    largest: int = limits.LARGEST


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody whom an address names.  `ctx` acts for its organisation, in the sender's own name."""

    ctx: Ctx
    kind: Kind
    row: Any

    def open(self, headers: Headers, body: bytes) -> Delivery:
        """What came.  Refuses: what the sender did not sign (`BAD_SIGNATURE`)."""
        return self.kind.open(self.ctx, self.row, headers, body)

    def name(self, delivery: Delivery, body: bytes) -> str:
        """Under which id a delivery is kept."""
        return self.kind.named(self.ctx, self.row.id, body) if self.kind.named else delivery.id

    def note_seen(self) -> None:
        """Notes that a delivery with the right signature came."""
        if self.kind.note_seen:
            self.kind.note_seen(self.ctx, self.row.id)
        self.kind.accounts.note_heard(self.ctx, id=self.row.id)

    def note_rejected(self, reason: str) -> None:
        """Leaves a trace of a delivery that nobody may send."""
        self.kind.accounts.note_rejected(self.ctx, id=self.row.id, reason=reason)


def find(*, provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    """The sender whom an address names, or None."""
    return next((found for kind in KINDS if (found := _find(kind, provider[:30], slug[:40], now, trace))), None)


def _find(kind: Kind, provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    if provider not in kind.providers():
        return None
    owner = kind.accounts.find_owner(slug=slug, provider=None if kind.any_vendor else provider)
    if owner is None:
        return None
    ctx = Ctx(owner[0], SYSTEM, now, trace)
    row = kind.accounts.get(ctx, id=owner[1])
    return Sender(ctx.as_actor(Actor(kind.acts_as, row.id, row.name)) if kind.acts_as else ctx, kind, row)


def _open_mail(ctx: Ctx, mailbox: Any, headers: Headers, body: bytes) -> Delivery:
    """Whoever pushes the mails of an address, raw, whatever else reads it."""
    check_signature(mailbox.settings.get("webhook_secret", ""), headers, body, now=ctx.now)
    return Delivery("", fetch_mail.TOPIC)


def _open_text(_ctx: Ctx, account: Any, headers: Headers, body: bytes) -> Delivery:
    """Whoever carries texts: receipts, and what customers write to a number."""
    return Delivery(send_text.texter(account).open_webhook(webhook_url(account), headers, body), TEXTS)


KINDS = (
    Kind(
        arrivals.CHANNEL, CONNECTIONS, shops.names, acts_as="channel",
        open=lambda ctx, row, headers, body: channel_queries.shop_of(ctx, connection=row).open_webhook(headers, body),
        note_seen=lambda ctx, id: channels.note_seen(ctx, connection_id=id),
    ),
    Kind(
        arrivals.CARRIER, CARRIERS, carriers.names, acts_as="carrier",
        open=lambda ctx, row, headers, body: Delivery(ship.carrier_of(ctx, row.id).open_webhook(headers, body), TRACKING),
    ),
    Kind(
        arrivals.PAYMENT, ACCOUNTS, payments.names, acts_as="payment",
        open=lambda ctx, row, headers, body: Delivery(pay.provider_of(ctx, row.id).open_webhook(headers, body), MONEY),
    ),
    Kind(
        arrivals.WAREHOUSE, WAREHOUSES, warehouse_ports.names, acts_as="warehouse",
        open=lambda _ctx, row, headers, body: Delivery(warehouses.warehouse_of(row).open_webhook(headers, body), REPORT),
    ),
    Kind(arrivals.TEXT, SMS_ACCOUNTS, texters.names, open=_open_text),
    Kind(
        arrivals.MAIL, MAILBOXES, lambda: (PUSHED_MAIL,), any_vendor=True, open=_open_mail, largest=limits.LARGEST_MAIL,
        named=lambda ctx, id, body: fetch_mail.external_ids(ctx, mailbox_id=id, raws=[body])[0],
    ),
)  # fmt: skip
