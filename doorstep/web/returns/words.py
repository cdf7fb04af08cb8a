"""What the words of returns are called for people."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.words import gettext_noop
from doorstep.returns.reasons import NOT_CHOSEN, REASONS, Reason
from doorstep.returns.values import Came, Disposition, Grade, Outcome, Stated, Timing

OUTCOMES: dict[Outcome, str | Promise] = {
    Outcome.REFUND_ORIGINAL: _("Money back, the way it was paid"),
    Outcome.STORE_CREDIT: _("Store credit"),
    Outcome.EXCHANGE_VARIANT: _("Exchange for another size or colour"),
}
STATED: dict[Stated, str] = {
    Stated.UNOPENED: gettext_noop("Unopened"),
    Stated.OPENED: gettext_noop("Opened, not used"),
    Stated.USED: gettext_noop("Used"),
    Stated.DAMAGED: gettext_noop("Damaged"),
}
TIMINGS: dict[Timing, str | Promise] = {
    Timing.ON_APPROVAL: _("at once"),
    Timing.ON_FIRST_SCAN: _("as soon as the carrier has it"),
    Timing.ON_RECEIPT: _("as soon as it is here"),
    Timing.ON_INSPECTION: _("as soon as it is here and we have looked at it"),
}
GRADES: dict[Grade, str | Promise] = {
    Grade.A: _("A: as new"), Grade.B: _("B: opened, like new"), Grade.C: _("C: traces of use"), Grade.D: _("D: damaged"),
}  # fmt: skip
DISPOSITIONS: dict[Disposition, str | Promise] = {
    Disposition.RESTOCKED: _("Restock"),
    Disposition.REFURBISH: _("Refurbish"),
    Disposition.LIQUIDATE: _("Sell as seconds"),
    Disposition.DONATE: _("Donate"),
    Disposition.RECYCLE: _("Recycle"),
    Disposition.SUPPLIER_RETURN: _("Back to the supplier"),
    Disposition.MISSING: _("Missing"),
    Disposition.PROCESSING_REQUIRED: _("Decide later"),
}
CAME: dict[str, str | Promise] = {
    Came.EXPECTED: _("as announced"), Came.WRONG_ITEM: _("wrong item"), Came.EXTRA_ITEM: _("extra item"),
}  # fmt: skip
EFFECTS: dict[Disposition, str | Promise] = {
    Disposition.RESTOCKED: _("Back on the shelf in %(place)s, for sale at once."),
    Disposition.REFURBISH: _("Quality control in %(place)s: on hand, not for sale yet."),
    Disposition.PROCESSING_REQUIRED: _("Quality control in %(place)s until somebody decides."),
    Disposition.LIQUIDATE: _("Counted as damaged in %(place)s, not for sale."),
    Disposition.SUPPLIER_RETURN: _("Counted as damaged in %(place)s until it goes to the supplier."),
    Disposition.DONATE: _("Leaves the house; stock stays as it is."),
    Disposition.RECYCLE: _("Leaves the house; stock stays as it is."),
    Disposition.MISSING: _("It was not in the parcel; no money is due for it."),
}
# What values of a policy's fields are called, for its trace.
FIELD_WORDS: Mapping[str, Mapping[str, str]] = {
    "reason": {reason.value: why.says for reason, why in REASONS.items()},
    "stated": {stated.value: says for stated, says in STATED.items()},
}


def reasons() -> list[tuple[str, str]]:
    """Reasons to choose from, in the reader's language."""
    return [(reason.value, gettext(why.says)) for reason, why in REASONS.items() if reason not in NOT_CHOSEN]


def reason(word: str) -> str:
    """How one reason is called."""
    return gettext(REASONS[Reason(word)].says)


def effect(disposition: Disposition, place: str) -> str:
    """What a disposition does to the stock of a place."""
    return str(EFFECTS[disposition]) % {"place": place}


def receiving() -> dict[str, str]:
    """What the receiving table says by itself."""
    return {
        "counted": gettext("Counted"),
        "enough": gettext("More than was announced: note it below"),
        "unknown": gettext("Not in this return: note it below"),
        "sending": gettext("Being sent"),
        "offline": gettext("No Wi-Fi: it is kept and sent again. It counts once."),
        "failed": gettext("That did not work. Nothing was counted."),
        "signed_out": gettext("You are signed out. Sign in again, then open this page again."),
    }
