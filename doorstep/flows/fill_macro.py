"""A macro filled for a conversation, from its customer and the order beside it."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.customers import queries as customers
from doorstep.flows.notify import tracking_link
from doorstep.inbox import queries
from doorstep.inbox.people import called
from doorstep.inbox.rules import macros
from doorstep.inbox.values import ConversationRow
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.shipping import queries as shipping


@dataclass(frozen=True, slots=True)
class Filled:
    """`hole`: the first variable that nothing is known for, as it stands in the text; "" where all is known."""

    text: str
    hole: str

    @property
    def variable(self) -> str:
        """The name of the variable in the hole."""
        return self.hole.strip("{} \t\n")


def fill(ctx: Ctx, *, conversation_id: int, macro_id: int) -> Filled:
    """A macro in the customer's language, with what is known filled in.  Refuses: unknown ids."""
    row = queries.get(ctx, conversation_id=conversation_id)
    body = queries.get_macro(ctx, macro_id=macro_id).body(row.language)
    return Filled(*macros.fill(body, _variables(ctx, row)))


def _variables(ctx: Ctx, conversation: ConversationRow) -> dict[str, str]:
    """What macros' variables stand for; "" where that is nothing. Programs and who has no name sign as the brand."""
    brand = accounts.organisation(ctx).name
    who = called(conversation, customers.get(ctx, customer_id=conversation.customer_id))
    facts = {
        "customer.name": "" if "@" in who else who, "customer.email": conversation.contact_address, "brand.name": brand,
        "agent.name": ctx.actor.name if ctx.actor.kind == "staff" and "@" not in ctx.actor.name else brand,
    }  # fmt: skip
    if conversation.order_id is None:
        return facts
    order = orders.get(ctx, id=conversation.order_id).order
    bought = orders.get(ctx, id=sent_again.first_of(ctx, order_id=order.id)).order  # what is sent again costs nothing
    facts |= {
        "order.name": order.name, "order.total": str(bought.total),
        "tracking.link": tracking_link(ctx, order_id=order.id),
    }  # fmt: skip
    parcels = [row for row in shipping.parcels_of(ctx, order_ids=[order.id]) if row.tracking_number]
    if parcels:
        newest = parcels[-1]
        facts |= {
            "tracking.number": newest.tracking_number, "tracking.carrier": newest.carrier_name,
            "tracking.estimated": on.isoformat() if (on := newest.expected_on or newest.estimated_on) else "",
        }  # fmt: skip
    return facts
