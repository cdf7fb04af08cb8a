"""The receipt of a sale in a shop, by mail to whatever address the buyer names."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.customers.rules import normalise_email
from doorstep.flows.letters import Letter, write
from doorstep.flows.notify import told_lines
from doorstep.locations import queries as locations
from doorstep.orders import over_the_counter
from doorstep.orders import queries as orders
from doorstep.payments.till import paper
from doorstep.payments.till import queries as drawers
from doorstep.payments.till.paper import DocumentRow


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
    row = orders.orders_by_id(ctx, ids=[order_id])[order_id]
    say = [
        (taking.kind, money.show(Money(taking.amount_minor, row.currency), whom.language))
        for taking in drawers.takings_of(ctx, order_ids=[order_id])
    ]
    issued = [one for one in paper.documents_of(ctx, order_ids=[order_id]) if one.kind == "sale"]
    facts = {
        **(_of_law(issued[0], whom.language) if issued else {}),
        "lines": told_lines(orders.lines_of(ctx, order_ids=[order_id])),
        "total": money.show(row.total, whom.language),
        "takings": say,
        "shop": locations.get(ctx, location_id=there).name,
    }
    write(ctx, letters=[Letter(replace(whom, email=address), "receipt", f"receipt:order:{order_id}:{address}"[:120], facts)])


def _of_law(document: DocumentRow, language: str) -> dict[str, object]:
    """What a receipt must show besides: who sold, its number, and the tax per rate."""

    def shown(minor: int) -> str:
        return money.show(Money(minor, document.currency), language)

    return {
        "document": document.called, "seller": document.name, "registration": document.registration,
        "footer": document.footer,
        "taxes": [
            (one.percent, shown(one.net_minor), shown(one.tax_minor), shown(one.gross_minor)) for one in document.taxes
        ],
    }  # fmt: skip
