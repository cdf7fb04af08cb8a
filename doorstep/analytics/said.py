"""How the promises are told: what each figure is called, what is promised of it, and how it is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from doorstep.analytics.values import Figure, Metric

Words = str | Lazy
PILLARS: tuple[tuple[str, Words, Words], ...] = (
    ("orders", _("Orders"), _("Never promise a unit twice; ship from the best place at once.")),
    ("returns", _("Returns"), _("Fair, automatic, and they teach the brand something.")),
    ("service", _("Service"), _("Answered before it is asked.")),
)
MINUTES, SHARE, COUNT, PER_100 = "minutes", "share", "count", "per_100"


@dataclass(frozen=True, slots=True)
class Said:
    """How one metric is told: its name, its unit, what is promised, and how it is counted."""

    label: Words
    unit: str
    target: Words
    definition: Words
    of: Words


SAID: dict[Metric, Said] = {
    Metric.PROMISED_TWICE: Said(
        _("Units promised twice"), COUNT, _("0, always"),
        _("Units that customers were promised beyond what is there, over all variants, at this moment."), _("variants in stock"),
    ),
    Metric.ORDER_HANDLING: Said(
        _("Handling per order"), MINUTES, _("less than before by 70 %"),
        _("The time between neighbouring touches by people on an order, gaps over five minutes left out, summed over the"
          " last 28 days and divided by the orders that began to leave in them."), _("orders sent"),
    ),
    Metric.RETURN_HANDLING: Said(
        _("Handling per return"), MINUTES, _("at most 3 minutes"),
        _("The same sum over what people did on returns, divided by the returns that were closed or declined."), _("returns"),
    ),
    Metric.VALUE_KEPT: Said(
        _("Value kept"), SHARE, _("at least 40 %"),
        _("What was exchanged or credited, divided by the value of all that came back in the last 28 days."), _("returns"),
    ),
    Metric.WISMO_RATE: Said(
        _("“Where is my order?” per 100 shipments"), PER_100, _("less than before by 40 %"),
        _("Contacts that ask where an order is, divided by the shipments of the last 28 days. An order from before Doorstep"
          " counts as one."), _("shipments"),
    ),
    Metric.CHAT_FIRST_REPLY: Said(
        _("First reply in chat, median"), MINUTES, _("under 1 minute"),
        _("From the customer's first message to the first reply of a person, within service hours. Automatic answers are not"
          " counted; who still waits longer than promised counts with the time so far."), _("chats"),
    ),
    Metric.CHAT_SLOW_REPLY: Said(
        _("First reply in chat, slowest tenth"), MINUTES, _("under 5 minutes"),
        _("Nine of ten chats were answered quicker than this; who still waits counts as above."), _("chats"),
    ),
    Metric.MAIL_FIRST_REPLY: Said(
        _("First reply by e-mail, median"), MINUTES, _("under 4 hours"),
        _("From the customer's first message to the first reply of a person, within service hours. Automatic answers are not"
          " counted; who still waits longer than promised counts with the time so far."), _("conversations"),
    ),
}  # fmt: skip


def figures_of(pillar: str, figures: Sequence[Figure]) -> list[Figure]:
    """The figures of one of the three promises."""
    return [figure for figure in figures if figure.promise.metric.startswith(f"{pillar}.")]
