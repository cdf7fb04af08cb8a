"""Customers are told of their returns at each step, once, in the language of their order."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.flows.return_links import status_link
from doorstep.messaging import actions
from doorstep.messaging.render import render
from doorstep.messaging.values import Draft
from doorstep.orders import queries as orders
from doorstep.returns import events, queries
from doorstep.returns.values import Decision, ReturnRow
from doorstep.shipping import queries as shipping

TEMPLATE = "returned"


def approved(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a return is approved; who gets a label hears of it when the label is there."""
    rows = _rows(ctx, happened)
    _tell(
        ctx, "approved", [r for r in rows if r.decision == Decision.APPROVED and not (r.free_label and not r.keep_item)]
    )


def declined(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a return is not possible."""
    _tell(ctx, "declined", _rows(ctx, happened))


def in_review(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a person looks at a request."""
    _tell(ctx, "in_review", _rows(ctx, happened))


def labelled(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that the label is there."""
    _tell(ctx, "labelled", _rows(ctx, happened))


def received(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that the goods are here; the first time only."""
    _tell(ctx, "received", _rows(ctx, happened))


def expired(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a return has ended because nothing was sent."""
    _tell(ctx, "expired", _rows(ctx, happened))


def exchange_cancelled(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a refund comes instead of the exchange."""
    _tell(ctx, "exchange_cancelled", _rows(ctx, happened))


def refunded(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that money of a return was paid or credited, once per payment."""
    for event in happened:
        return_id = events.about_return(event.data)
        if return_id is None:
            continue
        found = queries.returns_by_id(ctx, ids=[return_id])
        amount = Money(int(event.data["amount_minor"]), str(event.data["currency"]))
        _tell(ctx, "refunded", list(found.values()), amount=amount, key=event.subject)


def _rows(ctx: Ctx, happened: Sequence[Event]) -> list[ReturnRow]:
    found = queries.returns_by_id(ctx, ids=[event.subject_id for event in happened])
    return [row for _, row in sorted(found.items()) if not row.historical]


def _tell(ctx: Ctx, step: str, rows: Sequence[ReturnRow], *, amount: Money | None = None, key: str = "") -> None:
    """Queues one mail per return and step; customers without an e-mail address are left in peace."""
    to = orders.destinations(ctx, order_ids=[row.order_id for row in rows])
    brand = accounts.organisation(ctx)
    parcels = shipping.parcels_by_id(ctx, ids=[row.parcel_id for row in rows if row.parcel_id])
    drafts = []
    for row in rows:
        whom = to[row.order_id]
        if not whom.email:
            continue
        lines = [
            {"title": line.title, "qty": line.qty}
            for line in queries.lines_of(ctx, return_ids=[row.id])
            if step == "declined" or line.decision != Decision.DECLINED
        ]
        parcel = parcels.get(row.parcel_id or 0)
        facts = {
            "name": whom.customer_name, "order": whom.name, "number": row.name, "lines": lines, "brand": brand.name,
            "accent": brand.accent, "language": whom.language, "link": status_link(ctx, return_id=row.id),
            "step": step, "amount": money.show(amount, whom.language) if amount else "",
            "carrier": parcel.carrier_name if parcel else "",
            "tracking_number": parcel.tracking_number if parcel else "",
        }  # fmt: skip
        subject, text, html = render(TEMPLATE, language=whom.language, facts=facts)
        wish = f"return:{step}:{key or row.id}"
        about = f"order:{row.order_id}"
        drafts.append(Draft(wish, about, whom.email, whom.customer_name, TEMPLATE, whom.language, subject, text, html))
    actions.queue(ctx, drafts=drafts, domain=settings.MAIL_FROM.partition("@")[2])
