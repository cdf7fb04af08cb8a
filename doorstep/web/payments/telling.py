"""How money speaks: events as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.money import Money, show
from doorstep.base.outbox import Event
from doorstep.payments import events, queries
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import Telling, nothing
from doorstep.web.payments.words import method_words, problem_words, reason_words
from doorstep.web.settings import telling


def _amount(event: Event) -> dict[str, Any]:
    amount = Money(int(event.data["amount_minor"]), str(event.data["currency"]))
    return {"amount": show(amount, get_language() or "en")}


def _problem(event: Event) -> str:
    return problem_words(str(event.data.get("problem") or ""))


def _how(event: Event) -> str:
    """How a payment came that a person recorded."""
    if not event.data.get("elsewhere"):
        return ""
    return gettext("Paid otherwise and recorded here: %(method)s") % {
        "method": method_words(str(event.data.get("reason") or "other"))
    }


def _granted_why(event: Event) -> str:
    reason = reason_words(str(event.data.get("reason") or ""))
    if event.data.get("elsewhere"):
        hint = gettext("The money was taken elsewhere, so a person pays it out and says so.")
        return f"{reason} {hint}".strip()
    return reason


MONEY = {
    events.PAYMENT_AUTHORISED: Telling(_("authorised %(amount)s"), "credit-card", states.DONE, facts=_amount),
    events.PAYMENT_DECLINED: Telling(
        _("could not authorise %(amount)s"), "alert-triangle", states.BROKEN, facts=_amount, why=_problem
    ),
    events.PAYMENT_CAPTURED: Telling(
        _("captured %(amount)s"), "credit-card", states.DONE, facts=_amount, why=_how
    ),
    events.PAYMENT_VOIDED: Telling(_("let go of the payment"), "x", states.OVER, facts=nothing),
    events.PAYMENT_FAILED: Telling(
        _("could not move %(amount)s"), "alert-triangle", states.BROKEN, facts=_amount, why=_problem
    ),
    events.PAYMENT_UNKNOWN: Telling(
        _("does not know yet whether %(amount)s moved"), "help", states.WAITING, facts=_amount, why=_problem
    ),
    events.PAID_ELSEWHERE: Telling(_("noted %(amount)s as taken elsewhere"), "credit-card", states.DONE, facts=_amount),
    events.REFUND_GRANTED: Telling(
        _("granted a refund of %(amount)s"), "arrow-back-up", states.MOVING, facts=_amount, why=_granted_why
    ),
    events.REFUND_PENDING: Telling(
        _("took the refund of %(amount)s; it is on its way"), "clock", states.MOVING, facts=_amount
    ),
    events.REFUND_SUCCEEDED: Telling(_("refunded %(amount)s"), "arrow-back-up", states.DONE, facts=_amount),
    events.REFUND_FAILED: Telling(
        _("did not refund %(amount)s"), "alert-triangle", states.BROKEN, facts=_amount, why=_problem
    ),
    events.REFUND_UNKNOWN: Telling(
        _("does not know yet whether %(amount)s were refunded"), "help", states.WAITING, facts=_amount, why=_problem
    ),
    events.CREDIT_GRANTED: Telling(_("granted %(amount)s of store credit"), "tag", states.DONE, facts=_amount),
}  # fmt: skip
ACCOUNTS = telling.of(
    queries.ACCOUNTS, subscribed=_("told the provider where its webhooks go"),
    failing=_("could not tell the provider where its webhooks go"),
)  # fmt: skip


def register() -> None:
    """Teaches the timeline the events of payments, refunds and accounts."""
    timeline.register({**MONEY, **ACCOUNTS})
