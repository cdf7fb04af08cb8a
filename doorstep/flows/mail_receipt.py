"""The receipt of a sale in a shop, by mail to whatever address the buyer names."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.customers.rules import normalise_email
from doorstep.customers.values import WALK_IN
from doorstep.flows import receipt
from doorstep.flows.letters import Letter, write
from doorstep.locations import queries as locations
from doorstep.orders import over_the_counter
from doorstep.orders import queries as orders


@transaction.atomic
def send(ctx: Ctx, *, order_id: int, to: str = "") -> None:
    """Queues the receipt of a sale; to the same address it is sent once.

    `to`: "" for the buyer's own address.  Emits: MessageQueued.  Refuses: orders that no shop sold, no address.
    """
    there = over_the_counter.handed_over_in(ctx, order_ids=[order_id]).get(order_id)
    whom = orders.destinations(ctx, order_ids=[order_id]).get(order_id)
    if there is None or whom is None:
        raise Refused(NOT_FOUND, {"what": "receipt", "key": order_id})
    address = normalise_email(to or whom.email)
    if not address:
        raise Refused(INVALID, {"field": "email", "problem": gettext_noop("This is not an e-mail address.")})
    facts = {
        "slip": receipt.slip_of(ctx, order_id=order_id, language=whom.language),
        "shop": locations.get(ctx, location_id=there).name,
    }
    name = "" if whom.customer_name == WALK_IN else whom.customer_name  # a word of ours names nobody in an address
    known = replace(whom, email=address, customer_name=name)
    write(ctx, letters=[Letter(known, "receipt", f"receipt:order:{order_id}:{address}"[:120], facts)])
