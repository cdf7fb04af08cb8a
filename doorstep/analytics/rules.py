"""Whether promises are kept; no database is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from doorstep.analytics.values import BAD_BASELINE, Baseline, Figure, Measured, Promise, Verdict
from doorstep.base.refusals import Refused

LARGEST = 10_000


def judge(promise: Promise, measured: Measured, baseline: Baseline | None) -> Figure:
    """Compares a metric with what is promised of it."""
    return Figure(promise, measured, baseline, _verdict(promise, measured, baseline))


def _verdict(promise: Promise, measured: Measured, baseline: Baseline | None) -> Verdict:
    value = measured.value
    if value is None:
        return Verdict.WAITING
    if promise.change is not None:
        if baseline is None or not baseline.value:
            return Verdict.NO_BASELINE
        wanted = baseline.value * (1 + promise.change)
        return Verdict.HIT if (value <= wanted if promise.change < 0 else value >= wanted) else Verdict.MISSED
    low = promise.at_least is None or value >= promise.at_least
    high = promise.at_most is None or value <= promise.at_most
    return Verdict.HIT if low and high else Verdict.MISSED


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that the given share of all lies at or below; None of nothing."""
    ranked = sorted(values)
    return ranked[max(math.ceil(share * len(ranked)) - 1, 0)] if ranked else None


def read_baseline(text: str) -> float | None:
    """What somebody typed; None for nothing.  Refuses: what is no figure from 0 to 10,000."""
    typed = text.strip().replace(",", ".")
    if not typed:
        return None
    try:
        value = float(typed)
    except ValueError:
        raise Refused(BAD_BASELINE, {"value": text[:40]}) from None
    if not 0 <= value <= LARGEST:
        raise Refused(BAD_BASELINE, {"value": text[:40]})
    return value
