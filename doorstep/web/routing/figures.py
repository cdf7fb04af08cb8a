"""The figures of a replay: what was done, what would have been, and the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.web.routing import words


@dataclass(frozen=True, slots=True)
class Figure:
    """One line.  `tone`: "done" where it gets better, "broken" where worse, else empty."""

    name: Promise
    was: str
    now: str
    more: str
    tone: str


def of_result(result: Mapping[str, Any]) -> list[Figure]:
    """The lines of a replay's result."""
    was, new, currency = result["done"], result["new"], result["currency"]
    cost = new["cost_minor"] - was["cost_minor"]
    share = f" ({cost / was['cost_minor']:+.1%})".replace("-", "−") if was["cost_minor"] and cost else ""
    rate, rate_was = new["parcels_per_order"] or 0, was["parcels_per_order"] or 0
    more_rate = f"{rate - rate_was:+.2f}".replace("-", "−") if round(rate - rate_was, 2) else "0"
    return [
        Figure(
            _("Cost of parcels"), words.amount(was["cost_minor"], currency), words.amount(new["cost_minor"], currency),
            signed(cost, currency) + share, _tone(cost),
        ),
        Figure(_("Parcels per order"), f"{rate_was:.2f}", f"{rate:.2f}", more_rate, _tone(round(rate - rate_was, 2))),
        _counted(_("Kilometres a parcel"), was["km"] or 0, new["km"] or 0),
        _counted(_("Late parcels"), was["late"], new["late"]),
        _counted(_("Orders that nobody sends"), was["unserved"], new["unserved"]),
        Figure(_("Orders that change"), "", plain(result["flips"], is_change=False), "", ""),
    ]  # fmt: skip


def _counted(name: Promise, was: float, now: float) -> Figure:
    return Figure(name, plain(was, is_change=False), plain(now, is_change=False), plain(now - was), _tone(now - was))


def _tone(more: float) -> str:
    return "broken" if more > 0 else "done" if more < 0 else ""


def signed(minor: int, currency: str) -> str:
    """A difference of money."""
    return f"{_sign(minor)}{words.amount(abs(minor), currency)}" if minor else "0"


def plain(n: float, *, is_change: bool = True) -> str:
    """A number; one that is a difference with its sign."""
    return f"{_sign(n) if is_change else ''}{number_format(abs(n), force_grouping=True)}"


def _sign(n: float) -> str:
    return "+" if n > 0 else "−" if n < 0 else ""
