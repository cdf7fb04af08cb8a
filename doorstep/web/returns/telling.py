"""How returns speak: events as sentences."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.outbox import Event
from doorstep.returns import events
from doorstep.returns.values import Disposition, Grade
from doorstep.web.parts import states, timeline
from doorstep.web.parts.timeline import Telling, only
from doorstep.web.returns import words

_number = only("number")
_units = only("number", "units")
_judged = only("number", "qty", "sku")


def _rule(event: Event) -> str:
    """By which rule the policy decided, or what a person wrote."""
    said = str(event.data.get("rule") or event.data.get("note") or "")
    return ", ".join(gettext(part) for part in said.split(", ") if part)


def _found(event: Event) -> str:
    words = {"wrong_item": gettext("wrong item"), "extra_item": gettext("extra item")}
    return ", ".join(
        f"{line['qty']} × {words.get(str(line['came']), str(line['sku']))}" for line in event.data.get("lines", [])
    )


def _judgement(event: Event) -> str:
    return f"{words.GRADES[Grade(event.data['grade'])]}, {words.DISPOSITIONS[Disposition(event.data['disposition'])]}"


TOLD = {
    events.RETURN_REQUESTED: Telling(
        _("wants to send something back: %(number)s, units: %(units)s"), "truck-return", states.MOVING, facts=_units
    ),
    events.RETURN_NEEDS_REVIEW: Telling(
        _("put return %(number)s up for review"), "eye", states.WAITING, facts=_number, why=_rule
    ),
    events.RETURN_APPROVED: Telling(
        _("approved return %(number)s"), "check", states.DONE, facts=_number, why=_rule
    ),
    events.RETURN_DECLINED: Telling(
        _("declined return %(number)s"), "circle-x", states.OVER, facts=_number, why=_rule
    ),
    events.RETURN_CANCELLED: Telling(
        _("cancelled return %(number)s"), "circle-x", states.OVER, facts=_number
    ),
    events.RETURN_EXPIRED: Telling(
        _("ended return %(number)s, since nothing was sent in time"), "x", states.OVER, facts=_number
    ),
    events.RETURN_LABEL_ISSUED: Telling(
        _("has the label for return %(number)s"), "tag", states.DONE, facts=_number
    ),
    events.RETURN_IN_TRANSIT: Telling(
        _("noted return %(number)s as on its way"), "truck-return", is_minor=True, facts=_number
    ),
    events.RETURN_RECEIVED: Telling(
        _("received goods of return %(number)s"), "package", states.MOVING, facts=_number, why=_found
    ),
    events.UNITS_JUDGED: Telling(
        _("judged %(qty)s × %(sku)s of return %(number)s"), "search", is_minor=True, facts=_judged, why=_judgement
    ),
    events.RETURN_INSPECTED: Telling(
        _("inspected return %(number)s"), "search", states.DONE, facts=_number
    ),
    events.RETURN_PROCESSED: Telling(
        _("processed return %(number)s"), "checklist", is_minor=True, facts=_number
    ),
    events.RETURN_CLOSED: Telling(
        _("closed return %(number)s"), "check", states.DONE, facts=_number
    ),
    events.EXCHANGE_CANCELLED: Telling(
        _("turned the exchange of return %(number)s into a refund"), "refresh", states.WAITING, facts=_number
    ),
    events.RETURN_IMPORTED: Telling(
        _("sent something back in the past: %(number)s, units: %(units)s"), "truck-return", states.OVER, facts=_units
    ),
    events.POLICY_PUBLISHED: Telling(
        _("published version %(version)s of the return policy"), "pencil", states.DONE
    ),
}  # fmt: skip


def register() -> None:
    """Teaches the timeline the events of returns."""
    timeline.register(TOLD)
