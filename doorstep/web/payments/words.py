"""Codes of providers and reasons of refunds, in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

PROBLEMS: dict[str, Promise] = {
    "card_declined": _("The card was declined."),
    "insufficient_funds": _("The card has too little money."),
    "expired_or_canceled_card": _("The card has expired or was cancelled."),
    "expired": _("The authorisation has expired."),
    "amount_too_large": _("The provider has less left than was asked for."),
    "other_amount": _("The provider speaks of another amount than it was asked for."),
    "wrong_state": _("The provider says that this payment is over."),
}
REASONS: dict[str, Promise] = {
    "order_cancelled": _("The order was cancelled."),
    "damaged": _("Arrived damaged"),
    "late": _("Arrived late"),
    "missing": _("Something was missing"),
    "goodwill": _("Goodwill"),
    "other": _("Other"),
}
METHODS: dict[str, Promise] = {
    "transfer": _("Bank transfer"),
    "card": _("Card, outside Doorstep"),
    "cash": _("Cash"),
    "channel": _("At the shop where it was bought"),
    "other": _("Other"),
}
ASKED = ("goodwill", "damaged", "late", "missing", "other")  # what the dialog offers


def problem_words(problem: str) -> str:
    """What went wrong, in the reader's language where the code is known: "expired: the authorisation…" too."""
    known = PROBLEMS.get(problem.partition(":")[0].strip())
    return str(known) if known is not None else gettext(problem) if problem else ""


def method_words(method: str) -> str:
    """How a payment came, as it was recorded: "transfer · by hand" too."""
    known, _dot, rest = method.partition(" · ")
    return " · ".join(str(METHODS.get(word, word)) for word in (known, rest) if word)


def reason_words(reason: str) -> str:
    """Why money goes back; a reason that a person typed stays as it was typed."""
    known = REASONS.get(reason)
    return str(known) if known is not None else reason
