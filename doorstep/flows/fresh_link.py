"""A customer asks for a new tracking link; whoever asks learns nothing, only the address on the order gets mail."""

from __future__ import annotations

from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base import jobs
from doorstep.base.ctx import Ctx
from doorstep.customers import queries as customers
from doorstep.flows.notify import tracking_link
from doorstep.messaging import actions
from doorstep.messaging.render import render
from doorstep.messaging.values import Draft
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow

MOST_ORDERS = 200


def ask(ctx: Ctx, *, number: str, email: str) -> None:
    """Has `send` done by the worker: whoever asks waits equally long whether or not the order exists."""
    arguments = {"organisation_id": ctx.organisation_id, "number": number, "email": email}
    jobs.defer("mail_fresh_link", arguments=arguments)


def send(ctx: Ctx, *, number: str, email: str) -> None:
    """Mails a fresh link if number and e-mail belong to one order; at most once a day for each order.

    Returns nothing, so that a page cannot tell whether the order exists.
    """
    order = find_order(ctx, number=number, email=email)
    if order is None:
        return
    brand, whom = accounts.organisation(ctx), orders.destinations(ctx, order_ids=[order.id])[order.id]
    facts = {
        "name": whom.customer_name, "order": order.name, "brand": brand.name, "accent": brand.accent,
        "language": whom.language, "link": tracking_link(ctx, order_id=order.id),
    }  # fmt: skip
    subject, text, html = render("link", language=whom.language, facts=facts)
    key = f"link:order:{order.id}:{ctx.now:%Y-%m-%d}"
    draft = Draft(key, f"order:{order.id}", order.email, whom.customer_name, "link", whom.language, subject, text, html)
    actions.queue(ctx, drafts=[draft], domain=settings.MAIL_FROM.partition("@")[2])


def find_order(ctx: Ctx, *, number: str, email: str) -> OrderRow | None:
    """The order that has this number and this e-mail address, both as people type them; None where they do not fit."""
    address, wanted = email.strip().lower(), _plain(number)
    customer_id = customers.find_by_identity(ctx, kind="email", value=address)
    if customer_id is None or not wanted:
        return None
    bought = orders.list_orders(ctx, where=OrderFilter(customer_id=customer_id), limit=MOST_ORDERS)
    return next(
        (o for o in bought if wanted in (_plain(o.name), _plain(o.external_id)) and o.email.lower() == address), None
    )


def _plain(number: str) -> str:
    """An order number as people type it: with or without # and spaces, in any case."""
    return number.strip().lstrip("#").strip().lower()
