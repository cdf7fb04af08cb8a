"""Letters to customers about their orders: with the brand's face, in the language of the order, each wish once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import Organisation
from doorstep.base.ctx import Ctx
from doorstep.messaging import actions
from doorstep.messaging.render import render
from doorstep.messaging.values import Draft
from doorstep.orders.queries import Destination


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to the customer of an order.

    `key`: the wish, so that asking again sends nothing.  `facts`: what the template says beside name, order and brand.
    """

    whom: Destination
    template: str
    key: str
    facts: Mapping[str, Any]


def write(ctx: Ctx, *, letters: Sequence[Letter]) -> None:
    """Queues letters; customers without an e-mail address are left in peace.  Emits: MessageQueued per new one."""
    to_send = [letter for letter in letters if letter.whom.email]
    if not to_send:
        return
    brand = accounts.organisation(ctx)
    drafts = [
        render_draft(brand, letter.whom, template=letter.template, key=letter.key, facts=letter.facts) for letter in to_send
    ]
    actions.queue(ctx, drafts=drafts, domain=settings.MAIL_FROM.partition("@")[2])


def render_draft(brand: Organisation, whom: Destination, *, template: str, key: str, facts: Mapping[str, Any]) -> Draft:
    """A letter ready to be queued."""
    said = {
        "name": whom.customer_name, "order": whom.name, "brand": brand.name, "accent": brand.readable.day,
        "language": whom.language, **facts,
    }  # fmt: skip
    subject, text, html = render(template, language=whom.language, facts=said)
    return Draft(
        key=key, timeline=f"order:{whom.order_id}", to_address=whom.email, to_name=whom.customer_name,
        template=template, language=whom.language, subject=subject, text=text, html=html,
    )  # fmt: skip
