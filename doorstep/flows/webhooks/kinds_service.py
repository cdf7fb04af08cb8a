"""Public events of money, returns and conversations."""

from __future__ import annotations

from doorstep.flows.webhooks.shapes import INTEGER, TEXT, TEXTS, Kind, id_of, kind, money, said
from doorstep.inbox import events as inbox
from doorstep.messaging import events as messaging
from doorstep.payments import events as payments
from doorstep.returns import events as returns
from doorstep.shipping import events as shipping

ORDER, REFUND, RETURN, CONVERSATION = id_of("order"), id_of("refund"), id_of("return"), id_of("conversation")
YES_NO = {"type": "boolean"}
AMOUNT, ABOUT = money("amount", "amount_minor"), said("about", TEXT, "return:17")
PROBLEM = said("problem", TEXT, "insufficient_funds")
NUMBER, TALK = said("number", TEXT, "R1017"), said("number", INTEGER, 4711)


def _refund(source: str, says: str) -> Kind:
    return kind(source, says, ORDER, REFUND, AMOUNT, ABOUT, said("reason", TEXT, "damaged"), PROBLEM)


PAYMENTS = (
    kind(payments.PAYMENT_AUTHORISED, "The money of an order is held.", ORDER, AMOUNT),
    kind(payments.PAYMENT_DECLINED, "The money of an order was refused.", ORDER, AMOUNT, PROBLEM),
    kind(payments.PAYMENT_CAPTURED, "The money of an order was taken.", ORDER, AMOUNT),
    kind(payments.PAYMENT_VOIDED, "What was held of an order was let go.", ORDER, AMOUNT),
    kind(payments.PAYMENT_FAILED, "A provider did not take or let go of money.", ORDER, AMOUNT, PROBLEM),
    kind(payments.PAID_ELSEWHERE, "Somebody else took the money of an order: the shop, or a person.", ORDER, AMOUNT),
    _refund(payments.REFUND_GRANTED, "A refund was granted."),
    _refund(payments.REFUND_PENDING, "A provider is paying a refund."),
    _refund(payments.REFUND_SUCCEEDED, "A refund was paid."),
    _refund(payments.REFUND_FAILED, "A refund was not paid; its amount can be granted again."),
    _refund(payments.REFUND_UNKNOWN, "Nobody knows yet whether a refund was paid."),
    kind(payments.CREDIT_GRANTED, "Store credit was granted.", ORDER, id_of("credit"), AMOUNT, ABOUT),
)
RETURNS = (
    kind(returns.RETURN_REQUESTED, "A customer wants to send something back.", ORDER, RETURN, NUMBER,
         said("units", INTEGER, 2), said("withdrawal", YES_NO, False)),
    kind(returns.RETURN_NEEDS_REVIEW, "A person has to decide about a return.", ORDER, RETURN, NUMBER),
    kind(returns.RETURN_APPROVED, "A return was approved.", ORDER, RETURN, NUMBER),
    kind(returns.RETURN_DECLINED, "A return was declined.", ORDER, RETURN, NUMBER),
    kind(returns.RETURN_CANCELLED, "A return was called off.", ORDER, RETURN, NUMBER),
    kind(returns.RETURN_EXPIRED, "Nothing was sent back in time.", ORDER, RETURN, NUMBER),
    kind(returns.RETURN_LABEL_ISSUED, "The label of a return was bought.", ORDER, RETURN, NUMBER),
    kind(returns.RETURN_IN_TRANSIT, "A return is on its way.", ORDER, RETURN, NUMBER),
    kind(returns.RETURN_RECEIVED, "Goods of a return are here.", ORDER, RETURN, NUMBER, said("complete", YES_NO, True)),
    kind(returns.RETURN_INSPECTED, "All goods of a return were judged.", ORDER, RETURN, NUMBER),
    kind(returns.RETURN_PROCESSED, "What follows from a return was done.", ORDER, RETURN, NUMBER),
    kind(returns.EXCHANGE_CANCELLED, "Units are refunded, since the order of their exchange was cancelled.", ORDER, RETURN,
         NUMBER),
    kind(shipping.PARCEL_COMING_BACK, "A carrier took a parcel from a customer.", ORDER, id_of("parcel")),
    kind(shipping.PARCEL_BACK, "A carrier brought a parcel back.", ORDER, id_of("parcel")),
    kind(returns.RETURN_CLOSED, "A return is over.", ORDER, RETURN, NUMBER),
)  # fmt: skip
CONVERSATIONS = (
    kind(inbox.CONVERSATION_OPENED, "A conversation began.", ORDER, CONVERSATION, TALK, said("subject", TEXT, "My order"),
         said("channel", TEXT, "mail"), said("customer_id", INTEGER, 1042)),
    kind(inbox.MESSAGE_FILED, "A customer wrote.", ORDER, CONVERSATION, TALK, said("message_id", INTEGER, 9001),
         said("preview", TEXT, "Where is my parcel?")),
    kind(inbox.REPLIED, "A customer was answered.", ORDER, CONVERSATION, TALK, said("message_id", INTEGER, 9002),
         said("preview", TEXT, "It comes tomorrow.")),
    kind(inbox.STATE_CHANGED, "A conversation was opened, put off or resolved.", ORDER, CONVERSATION, TALK,
         said("was", TEXT, "open"), said("state", TEXT, "resolved")),
    kind(inbox.ASSIGNED, "A conversation was given to somebody, or to nobody.", ORDER, CONVERSATION, TALK,
         said("assignee_id", INTEGER, 7), said("name", TEXT, "Harin")),
    kind(inbox.TAGGED, "The tags of a conversation changed.", ORDER, CONVERSATION, TALK, said("tags", TEXTS, ["delivery"])),
    kind(inbox.ORDER_LINKED, "A conversation is about another order now, or about none.", ORDER, CONVERSATION, TALK),
)  # fmt: skip
MESSAGE, TEMPLATE, WAY = id_of("message"), said("template", TEXT, "shipped"), said("way", TEXT, "sms")
NOTICES = (
    kind(messaging.MESSAGE_SENT, "A mail or text message left for a customer.", ORDER, MESSAGE, TEMPLATE),
    kind(messaging.MESSAGE_FAILED, "A mail or text message could not be sent.", ORDER, MESSAGE, TEMPLATE, PROBLEM),
    kind(messaging.TEXT_RECEIPT, "A network could not deliver a text message.", ORDER, MESSAGE, TEMPLATE,
         said("state", TEXT, "undelivered"), PROBLEM),
    kind(messaging.NOTICE_NOT_TOLD, "A customer was not told of something, and why.", ORDER, said("kind", TEXT, "out_for_delivery"),
         WAY, said("why", TEXT, "opted_out")),
    kind(messaging.OPTED_OUT, "A customer wants no more notices by a way.", id_of("customer"), WAY, said("source", TEXT, "link")),
    kind(messaging.OPTED_IN, "A customer wants notices by a way again.", id_of("customer"), WAY, said("source", TEXT, "page")),
)  # fmt: skip
KINDS = (*PAYMENTS, *RETURNS, *CONVERSATIONS, *NOTICES)
