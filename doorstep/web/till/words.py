"""What the till says: how money is called, and what its page says by itself, also without a connection."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.flows import receipt

KIND_WORDS: Mapping[str, Promise] = {kind.value: word for kind, word in receipt.KINDS.items()}
LIGHT: Mapping[str, Promise] = {  # whether all is sent
    "online": _("Everything is sent"),
    "sending": _("Sending"),
    "offline": _("Offline: sales are kept here"),
    "waiting": _("waiting"),
    "signed_out": _("You are signed out. Your sales are kept: sign in again, then come back."),
    "refused": _("A sale is not taken. It is kept here; ask your manager."),
    "connection": _("That needs a connection; selling does not."),
    "others": _("Sales of somebody else that wait on this browser: %s. They are sent when that person signs in here."),
    "moved": _("An online order gave its unit up and is sent from elsewhere or waits."),
}
SHELF: Mapping[str, Promise] = {  # what is scanned and looked for
    "unknown_code": _("Nobody knows this code"),
    "added": _("In the basket"),
    "left": _("%s here"),
    "quota": _("Offline no more of this can be sold: the shop had no more when it was last seen."),
    "none": _("The books say none is here; it is sold all the same."),
    "nothing": _("Nothing is found."),
    "other_currency": _("Its price is in %s, and this till sells in another currency."),
    "no_camera": _("The camera cannot be used here"),
}
BASKET: Mapping[str, Promise] = {
    "fewer": _("One fewer of %s"),
    "more": _("One more of %s"),
    "line_discount": _("Discount on %s"),
    "reason": _("Choose a reason for the discount."),
    "too_much": _("This is more than it costs."),
}
PAYING: Mapping[str, Promise] = {
    "due": _("To pay"),
    "card_offline": _("A card needs a connection; take cash."),
    "declined": _("The card was declined: %s"),  # with the provider's own code, where nobody here knows it
    "card_unknown": _("The provider does not answer. Ask again before you take the card once more."),
    "card_waits": _("Waiting for the terminal: %s"),
    "voucher_empty": _("Nothing is left of this store credit."),
    "take_cash": _("Paid in cash"),
    "hand_out": _("Hand out %s"),
    "book": _("Book the sale"),
}
EXCHANGE: Mapping[str, Promise] = {  # what came back, and goes towards a sale
    "exchange": _("Return %s"),
    "exchange_on": _("Return %s goes towards this sale:"),
    "exchange_off": _("Return %s is still to be paid out in cash, or put towards a sale:"),
    "exchange_leave": _("Not for this sale"),
    "exchange_use": _("Towards this sale"),
    "exchange_pay": _("Pay it out"),
    "exchange_over": _("Nothing of this return is left to be paid out."),
    "exchange_lost": _("What came back cannot be put towards a sale without a connection: reload when there is one."),
}
REASONS: Mapping[str, Promise] = {  # of a discount
    "damaged": _("Damaged or worn"),
    "price_match": _("Price elsewhere"),
    "staff": _("Staff"),
    "loyalty": _("Regular customer"),
    "other": _("Other"),
}


def on_page() -> dict[str, str]:
    """All that the page of a till says by itself, in the reader's language."""
    return {key: str(word) for part in (LIGHT, SHELF, BASKET, PAYING, EXCHANGE, receipt.WORDS) for key, word in part.items()}
