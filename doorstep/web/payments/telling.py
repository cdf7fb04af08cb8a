"""How money speaks: events as sentences."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.money import Money, show
from doorstep.base.outbox import Event
from doorstep.payments import events
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import nothing
from doorstep.web.payments.words import method_words, problem_words, reason_words


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


def _account_problem(event: Event) -> str:
    return str(event.data.get("problem") or event.data.get("reason") or "")


def register() -> None:
    """Teaches the timeline the events of payments, refunds and accounts."""
    done, moving, waiting, broken, over = states.DONE, states.MOVING, states.WAITING, states.BROKEN, states.OVER
    telling = timeline.Telling
    timeline.register(
        {
            events.PAYMENT_AUTHORISED: telling(_("authorised %(amount)s"), "credit-card", done, facts=_amount),
            events.PAYMENT_DECLINED: telling(
                _("could not authorise %(amount)s"), "alert-triangle", broken, facts=_amount, why=_problem
            ),
            events.PAYMENT_CAPTURED: telling(
                _("captured %(amount)s"), "credit-card", done, facts=_amount, why=_how
            ),
            events.PAYMENT_VOIDED: telling(_("let go of the payment"), "x", over, facts=nothing),
            events.PAYMENT_FAILED: telling(
                _("could not move %(amount)s"), "alert-triangle", broken, facts=_amount, why=_problem
            ),
            events.PAYMENT_UNKNOWN: telling(
                _("does not know yet whether %(amount)s moved"), "help", waiting, facts=_amount, why=_problem
            ),
            events.PAID_ELSEWHERE: telling(_("noted %(amount)s as taken elsewhere"), "credit-card", done, facts=_amount),
            events.REFUND_GRANTED: telling(
                _("granted a refund of %(amount)s"), "arrow-back-up", moving, facts=_amount, why=_granted_why
            ),
            events.REFUND_PENDING: telling(
                _("took the refund of %(amount)s; it is on its way"), "clock", moving, facts=_amount
            ),
            events.REFUND_SUCCEEDED: telling(_("refunded %(amount)s"), "arrow-back-up", done, facts=_amount),
            events.REFUND_FAILED: telling(
                _("did not refund %(amount)s"), "alert-triangle", broken, facts=_amount, why=_problem
            ),
            events.REFUND_UNKNOWN: telling(
                _("does not know yet whether %(amount)s were refunded"), "help", waiting, facts=_amount, why=_problem
            ),
            events.CREDIT_GRANTED: telling(_("granted %(amount)s of store credit"), "tag", done, facts=_amount),
            events.ACCOUNT_CONNECTED: telling(_("connected %(name)s"), "plug-connected", done),
            events.ACCOUNT_CHANGED: telling(_("changed address or token"), "pencil", facts=nothing),
            events.ACCOUNT_RETIRED: telling(_("took %(name)s out of use"), "archive", over),
            events.ACCOUNT_RETURNED: telling(_("took %(name)s back into use"), "player-play", done),
            events.ACCOUNT_SUBSCRIBED: telling(
                _("told the provider where its webhooks go"), "send", done, facts=nothing
            ),
            events.ACCOUNT_FAILING: telling(
                _("could not tell the provider where its webhooks go"), "alert-triangle", broken, facts=nothing,
                why=_account_problem,
            ),
            events.ACCOUNT_HOOK_REJECTED: telling(
                _("turned away a webhook with a bad signature"), "shield-check", waiting, facts=nothing,
                why=_account_problem,
            ),
        }
    )  # fmt: skip
