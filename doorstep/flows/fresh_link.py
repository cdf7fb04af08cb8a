"""A customer asks for a new tracking link; whoever asks learns nothing, only the address on the order gets mail."""

from __future__ import annotations

from doorstep.base import jobs
from doorstep.base.ctx import Ctx
from doorstep.customers import queries as customers
from doorstep.customers.rules import normalise_phone
from doorstep.flows.letters import Letter, write
from doorstep.flows.notify import tracking_link
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow

FEWEST_DIGITS = 7
MOST_ALIKE = 20


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
    whom = orders.destinations(ctx, order_ids=[order.id])[order.id]
    key = f"link:order:{order.id}:{ctx.now:%Y-%m-%d}"
    write(ctx, letters=[Letter(whom, "link", key, {"link": tracking_link(ctx, order_id=order.id)})])


def find_order(ctx: Ctx, *, number: str, email: str) -> OrderRow | None:
    """The order that has this number and this e-mail address or phone number, as people type them; None where they do not fit."""
    address = email.strip().lower()
    if "@" not in address:
        return _find_by_phone(ctx, number=number, phone=email.strip())
    customer_id = customers.find_by_identity(ctx, kind="email", value=address)
    if customer_id is None:
        return None
    named = orders.find_named(ctx, customer_id=customer_id, numbers=[number])
    return next((order for order in named if order.email.lower() == address), None)


def _find_by_phone(ctx: Ctx, *, number: str, phone: str) -> OrderRow | None:
    """The same by a phone number, typed with its country or as it is dialled at home."""
    if sum(char.isdigit() for char in phone) < FEWEST_DIGITS:
        return None
    for row in customers.list_customers(ctx, query=phone, limit=MOST_ALIKE):
        named = orders.find_named(ctx, customer_id=row.id, numbers=[number])
        for order in named:
            country = order.country or row.country
            known = {normalise_phone(one, country) for one in (row.phone, orders.get(ctx, id=order.id).phone) if one}
            if normalise_phone(phone, country) in known:
                return order
    return None
