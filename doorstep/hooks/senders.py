"""Who may send webhooks. One kind of sender is one function here; the door treats them all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from doorstep.base import arrivals
from doorstep.base.ctx import SYSTEM, Actor, Ctx
from doorstep.channels import actions as channels
from doorstep.channels import queries as channel_queries
from doorstep.channels.port import Delivery, shops
from doorstep.flows import fetch_mail, pay, send_text, ship, warehouses
from doorstep.fulfilment.port import warehouses as warehouse_ports
from doorstep.fulfilment.warehouses import accounts as warehouse_accounts
from doorstep.fulfilment.warehouses import queries as warehouse_queries
from doorstep.hooks import limits
from doorstep.messaging import mailboxes, texting
from doorstep.messaging import queries as message_queries
from doorstep.messaging.port import texters
from doorstep.messaging.rules import check_signature
from doorstep.payments import accounts
from doorstep.payments import queries as payment_queries
from doorstep.payments.port import payments as payment_ports
from doorstep.shipping import carriers, queries
from doorstep.shipping.port import carriers as carrier_ports

TRACKING, MONEY, REPORT = "tracking", "payment", "report"
PUSHED_MAIL, TEXTS = "mail", "text"


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody whom an address names.  `ctx` acts for its organisation, in the sender's own name.

    `open` refuses what it did not sign (`BAD_SIGNATURE`); `note_seen` ends its problem, `note_rejected` leaves a trace.
    `name` says under which id a delivery is kept, where that is not the sender's own; it is asked in the keeping transaction.
    """

    ctx: Ctx
    source: str
    id: int
    open: Callable[[Mapping[str, str], bytes], Delivery]
    note_seen: Callable[[], None]
    note_rejected: Callable[[str], bool]
    largest: int = limits.LARGEST
    name: Callable[[bytes], str] | None = None


def find(*, provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    """The sender whom an address names, or None."""
    return next((found for kind in KINDS if (found := kind(provider[:30], slug[:40], now, trace))), None)


def _shop(provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    owner = channel_queries.find_owner(provider=provider, slug=slug) if provider in shops.names() else None
    if owner is None:
        return None
    organisation_id, id = owner
    ctx = Ctx(organisation_id, Actor("channel", id, ""), now, trace)
    row = channel_queries.get(ctx, connection_id=id)
    ctx = ctx.as_actor(Actor("channel", id, row.name))
    return Sender(
        ctx,
        arrivals.CHANNEL,
        id,
        open=lambda headers, body: channel_queries.shop_of(ctx, connection=row).open_webhook(headers, body),
        note_seen=lambda: channels.note_heard(ctx, connection_id=id),
        note_rejected=lambda reason: channels.note_rejected(ctx, connection_id=id, reason=reason),
    )


def _carrier(provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    owner = queries.find_owner(provider=provider, slug=slug) if provider in carrier_ports.names() else None
    if owner is None:
        return None
    organisation_id, id = owner
    ctx = Ctx(organisation_id, Actor("carrier", id, ""), now, trace)
    ctx = ctx.as_actor(Actor("carrier", id, queries.get_carrier(ctx, carrier_id=id).name))
    return Sender(
        ctx,
        arrivals.CARRIER,
        id,
        open=lambda headers, body: Delivery(ship.carrier_of(ctx, id).open_webhook(headers, body), TRACKING),
        note_seen=lambda: carriers.note_heard(ctx, carrier_id=id),
        note_rejected=lambda reason: carriers.note_rejected(ctx, carrier_id=id, reason=reason),
    )


def _payment(provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    owner = payment_queries.find_owner(provider=provider, slug=slug) if provider in payment_ports.names() else None
    if owner is None:
        return None
    organisation_id, id = owner
    ctx = Ctx(organisation_id, Actor("payment", id, ""), now, trace)
    ctx = ctx.as_actor(Actor("payment", id, payment_queries.get_account(ctx, account_id=id).name))
    return Sender(
        ctx,
        arrivals.PAYMENT,
        id,
        open=lambda headers, body: Delivery(pay.provider_of(ctx, id).open_webhook(headers, body), MONEY),
        note_seen=lambda: accounts.note_heard(ctx, account_id=id),
        note_rejected=lambda reason: accounts.note_rejected(ctx, account_id=id, reason=reason),
    )


def _sms_account(provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    """Whoever carries texts: receipts, and what customers write to a number."""
    owner = message_queries.find_sms_owner(slug=slug, provider=provider) if provider in texters.names() else None
    if owner is None:
        return None
    organisation_id, id = owner
    ctx = Ctx(organisation_id, SYSTEM, now, trace)
    account = message_queries.get_sms_account(ctx, account_id=id)
    return Sender(
        ctx,
        arrivals.TEXT,
        id,
        open=lambda headers, body: Delivery(
            send_text.texter(account).open_webhook(send_text.webhook_url(account), headers, body), TEXTS
        ),
        note_seen=lambda: texting.note_heard(ctx, account_id=id),
        note_rejected=lambda reason: texting.note_rejected(ctx, account_id=id, reason=reason),
    )


def _warehouse(provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    owner = warehouse_queries.find_owner(provider=provider, slug=slug) if provider in warehouse_ports.names() else None
    if owner is None:
        return None
    organisation_id, id = owner
    ctx = Ctx(organisation_id, Actor("warehouse", id, ""), now, trace)
    row = warehouse_queries.get_warehouse(ctx, warehouse_id=id)
    ctx = ctx.as_actor(Actor("warehouse", id, row.name))
    return Sender(
        ctx,
        arrivals.WAREHOUSE,
        id,
        open=lambda headers, body: Delivery(warehouses.warehouse_of(row).open_webhook(headers, body), REPORT),
        note_seen=lambda: warehouse_accounts.note_heard(ctx, warehouse_id=id),
        note_rejected=lambda reason: warehouse_accounts.note_rejected(ctx, warehouse_id=id, reason=reason),
    )


def _mailbox(provider: str, slug: str, now: datetime, trace: str) -> Sender | None:
    """Whoever pushes the mails of an address, raw, whatever else reads it."""
    owner = message_queries.find_owner(slug=slug) if provider == PUSHED_MAIL else None
    if owner is None:
        return None
    organisation_id, id = owner
    ctx = Ctx(organisation_id, SYSTEM, now, trace)
    secret = message_queries.get_mailbox(ctx, mailbox_id=id).settings.get("webhook_secret", "")

    def opened(headers: Mapping[str, str], body: bytes) -> Delivery:
        check_signature(secret, headers, body, now=now)
        return Delivery("", fetch_mail.TOPIC)

    return Sender(
        ctx,
        arrivals.MAIL,
        id,
        open=opened,
        note_seen=lambda: mailboxes.note_heard(ctx, mailbox_id=id),
        note_rejected=lambda reason: mailboxes.note_rejected(ctx, mailbox_id=id, reason=reason),
        largest=limits.LARGEST_MAIL,
        name=lambda body: fetch_mail.external_ids(ctx, mailbox_id=id, raws=[body])[0],
    )


KINDS = (_shop, _carrier, _payment, _sms_account, _mailbox, _warehouse)
