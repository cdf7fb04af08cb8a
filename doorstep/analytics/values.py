"""The promises that Doorstep answers for, and their figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class Metric(StrEnum):
    PROMISED_TWICE = "orders.promised_twice"
    ORDER_HANDLING = "orders.handling_min"
    RETURN_HANDLING = "returns.handling_min"
    VALUE_KEPT = "returns.value_kept"
    WISMO_RATE = "service.wismo_per_100"
    CHAT_FIRST_REPLY = "service.chat_first_reply_min"
    CHAT_SLOW_REPLY = "service.chat_first_reply_p90_min"
    MAIL_FIRST_REPLY = "service.mail_first_reply_min"


class Verdict(StrEnum):
    """`waiting`: nothing was measured yet; `no_baseline`: measured, but there is nothing to compare with."""

    HIT = "hit"
    MISSED = "missed"
    NO_BASELINE = "no_baseline"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of a metric: at most `at_most`, at least `at_least`, or a change against the baseline.

    Units: those of the metric; `change` is a share, -0.7 for seventy per cent less.
    """

    metric: Metric
    at_most: float | None = None
    at_least: float | None = None
    change: float | None = None


PROMISES = (
    Promise(Metric.PROMISED_TWICE, at_most=0),
    Promise(Metric.ORDER_HANDLING, change=-0.7),
    Promise(Metric.RETURN_HANDLING, at_most=3),
    Promise(Metric.VALUE_KEPT, at_least=0.4),
    Promise(Metric.WISMO_RATE, change=-0.4),
    Promise(Metric.CHAT_FIRST_REPLY, at_most=1),
    Promise(Metric.CHAT_SLOW_REPLY, at_most=5),
    Promise(Metric.MAIL_FIRST_REPLY, at_most=240),
)
ENTERED, MEASURED = "entered", "measured"
BASELINE_DAYS = 28

BAD_BASELINE = Refusal(
    "bad_baseline",
    gettext_noop("%(value)s is no such figure."),
    gettext_noop("Write a number from 0 to 10,000, or leave it empty."),
    status=422,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric over a period.  `of`: how many things it was measured on; without any there is no value."""

    value: float | None
    of: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a metric was before.  `source`: what the brand entered, or the first 28 days."""

    value: float
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """A promise, what was measured of it, and whether it is kept."""

    promise: Promise
    measured: Measured
    baseline: Baseline | None
    verdict: Verdict

    @property
    def change(self) -> float | None:
        """The share by which it differs from the baseline, where both are known."""
        if self.measured.value is None or self.baseline is None or not self.baseline.value:
            return None
        return self.measured.value / self.baseline.value - 1
