"""What the answer box offers to say after something was done to the order, in the customer's language."""

from __future__ import annotations

from django.utils.translation import gettext, override

from doorstep.base.ctx import Ctx
from doorstep.base.money import show
from doorstep.flows.notify import tracking_link
from doorstep.flows.return_links import status_link
from doorstep.orders import queries as orders
from doorstep.orders import recipients, sent_again
from doorstep.orders.values import OrderDetail
from doorstep.payments import queries as payments
from doorstep.payments.values import CallKind
from doorstep.returns import queries as returns

DONE = ("cancel", "address", "refund", "reship", "return")


def sentence(ctx: Ctx, *, order_id: int, done: str, language: str) -> str:
    """What to tell the customer of an order after this was done to it; "" where it was not."""
    if done not in DONE:
        return ""
    order = orders.get(ctx, id=order_id)
    with override(language):
        return _TELL[done](ctx, order, language)


def _cancelled(_ctx: Ctx, order: OrderDetail, _language: str) -> str:
    if order.order.state != "cancelled":
        return ""
    return gettext("Your order %(order)s is cancelled.") % {"order": order.order.name}


def _moved(ctx: Ctx, order: OrderDetail, _language: str) -> str:
    to = order.ship_to
    if recipients.rows(ctx, order_ids=[order.order.id]):  # what is said here is kept, who gets it is not
        return gettext("Your order %(order)s goes to the new address now.") % {"order": order.order.name}
    address = ", ".join(
        word for word in (to["name"], *to["lines"], f"{to['postal_code']} {to['city']}".strip()) if word
    )
    return gettext("Your order %(order)s goes to this address now: %(address)s.") % {
        "order": order.order.name, "address": address,
    }  # fmt: skip


def _refunded(ctx: Ctx, order: OrderDetail, language: str) -> str:
    ledger = payments.ledger_of(ctx, order_id=order.order.id)
    newest = next((call for call in ledger.calls if call.kind == CallKind.REFUND), None)
    if newest is None:
        return ""
    facts = {"amount": show(newest.amount, language), "order": order.order.name}
    return (
        gettext("We refund you %(amount)s of your order %(order)s, the way you paid. It may take some days to arrive.")
        % facts
    )


def _sent_again(ctx: Ctx, order: OrderDetail, _language: str) -> str:
    sent = sent_again.reships_of(ctx, order_id=order.order.id)
    if not sent:
        return ""
    facts = {"order": sent[-1].name, "link": tracking_link(ctx, order_id=sent[-1].id)}
    return gettext("We send it to you again at no charge, as order %(order)s. See where it is: %(link)s") % facts


def _returned(ctx: Ctx, order: OrderDetail, _language: str) -> str:
    found = returns.returns_of(ctx, order_ids=[order.order.id])
    if not found:
        return ""
    facts = {"number": found[-1].name, "link": status_link(ctx, return_id=found[-1].id)}
    return gettext("Your return %(number)s is entered. What to do next, and how it is going: %(link)s") % facts


_TELL = {"cancel": _cancelled, "address": _moved, "refund": _refunded, "reship": _sent_again, "return": _returned}
