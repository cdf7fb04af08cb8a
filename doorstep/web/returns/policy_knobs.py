"""The common knobs of a policy, as a form gives them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.http import QueryDict

from doorstep.base import money
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.returns.knobs import Knobs
from doorstep.returns.values import OFFERED, Timing

MOST_DAYS = 3650
NOT_DAYS = gettext_noop("Write whole days between 1 and 3650.")
NOT_AMOUNT = gettext_noop("Write an amount above zero, or leave it empty.")
NOT_SHARE = gettext_noop("Write a share between 1 and 100 %, or leave it empty.")
NO_OUTCOME = gettext_noop("Offer at least one outcome.")


def read(post: QueryDict, *, currency: str) -> Knobs:
    """The knobs of a form.  Refuses: what is no number of days, no amount, no share, and a policy that offers nothing."""
    outcomes = tuple(outcome for outcome in OFFERED if outcome.value in post.getlist("outcome"))
    if not outcomes:
        raise _bad("outcome", NO_OUTCOME)
    days = post.get("days", "").strip()
    if not (days.isascii() and days.isdecimal() and 0 < int(days[:9]) <= MOST_DAYS):
        raise _bad("days", NOT_DAYS)
    timing = post.get("timing", "")
    return Knobs(
        days=int(days), free_label=bool(post.get("free_label")),
        timing=Timing(timing) if timing in set(Timing) else Timing.ON_INSPECTION, final_sale=bool(post.get("final_sale")),
        review_value=_amount(post.get("review_value", "").strip(), currency),
        review_rate=_share(post.get("review_rate", "").strip()),
        categories=tuple(dict.fromkeys(c.strip()[:200] for c in post.getlist("category") if c.strip()))[:100], outcomes=outcomes,
    )  # fmt: skip


def _amount(text: str, currency: str) -> Money | None:
    if not text:
        return None
    try:
        found = money.parse(text.replace(",", ""), currency)
    except Refused:
        raise _bad("review_value", NOT_AMOUNT) from None
    if found.minor <= 0:
        raise _bad("review_value", NOT_AMOUNT)
    return found


def _share(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        found = Decimal(text.rstrip("% "))
    except InvalidOperation:
        raise _bad("review_rate", NOT_SHARE) from None
    if not (found.is_finite() and 1 <= found <= 100):
        raise _bad("review_rate", NOT_SHARE)
    return found


def _bad(name: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": name, "problem": problem})
