"""Where a parcel goes after hand-over: planned whole at that moment, so a restart loses nothing of it.

Source: scans as in https://www.cjlogistics.com/ko/tool/parcel/tracking; trouble as in
https://docs.easypost.com/docs/trackers (failure, return_to_sender, delays).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sandbox.carrier import codes

DAY_S = 86_400.0
_HUBS = {
    "KR": ("옥천HUB", "대전HUB", "곤지암HUB", "청원HUB"),
    "US": ("Memphis Hub", "Louisville Hub", "Chicago Hub", "Dallas Hub"),
    "GB": ("Daventry Hub", "Birmingham Hub"),
    "DE": ("Leipzig Hub", "Hannover Hub"),
    "FR": ("Roissy Hub", "Lyon Hub"),
}
_AIRPORTS = {"KR": "인천국제공항", "US": "Los Angeles LAX", "GB": "London LHR", "DE": "Leipzig LEJ", "FR": "Paris CDG"}


_HOURS_FROM_UTC = {"KR": 9, "JP": 9, "US": -5, "CA": -5, "GB": 0, "DE": 1, "FR": 1, "NL": 1}


def local(at: float, country: str) -> str:
    """A moment as the clocks of a country show it, with their offset: a day that a customer is promised is theirs."""
    zone = timezone(timedelta(hours=_HOURS_FROM_UTC.get(country, 0)))
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Step:
    """One scan to come: seconds after hand-over, already scaled."""

    after_s: float
    code: str
    location: dict[str, str]
    delay_s: float = 0.0


def plan(
    *, origin: dict[str, Any], to: dict[str, Any], transit_days: int, scale: float, trouble: float, dice: random.Random
) -> list[Step]:
    """The scans of a journey in order, the last one a delivery; `trouble` is the share that meets an obstacle."""
    here, there = origin["country_code"], to["country_code"]
    first, last = (
        _place(f"{origin['city']} 집화점" if here == "KR" else origin["city"], here),
        _place(_depot(to), there),
    )
    hub_a, hub_b = _hub(dice, here), _hub(dice, there)
    way = [(0.06, codes.PICKED_UP, first), (0.2, codes.ARRIVED, hub_a), (0.3, codes.DEPARTED, hub_a)]
    if here != there:
        gate = _place(_AIRPORTS.get(there, f"{there} Airport"), there)
        way += [(0.5, codes.CUSTOMS_IN, gate), (0.6, codes.CUSTOMS_OUT, gate)]
    way += [(0.66, codes.ARRIVED, hub_b), (0.72, codes.DEPARTED, hub_b), (0.82, codes.AT_DEPOT, last)]
    way += [(0.88, codes.OUT, last)]
    end = codes.LEFT_WITH_GUARD if dice.random() < 0.25 else codes.DELIVERED
    kind = dice.choice((codes.ABSENT, codes.BAD_ADDRESS, codes.DELAYED)) if dice.random() < trouble else None
    length_s = transit_days * DAY_S * scale * dice.uniform(0.85, 1.15)
    extra_s = DAY_S * scale * (0.8 if kind else 0.0)
    if kind == codes.DELAYED:
        steps = _late(way, length_s, extra_s)
    else:
        steps = [Step(share * length_s, code, place) for share, code, place in way]
    if kind in (codes.ABSENT, codes.BAD_ADDRESS):
        steps.append(Step(length_s * 0.95, kind, last, delay_s=extra_s))
        if kind == codes.BAD_ADDRESS:
            steps.append(Step(length_s * 0.97 + extra_s * 0.3, codes.CORRECTED, last))
        steps.append(Step(length_s * 0.97 + extra_s * 0.8, codes.OUT, last))
    return [*steps, Step(length_s + extra_s, end, _place(str(to["city"]), there))]


def _late(way: list[tuple[float, str, dict[str, str]]], length_s: float, extra_s: float) -> list[Step]:
    held = len(way) - 4  # after the first hub or customs
    before = [Step(share * length_s, code, place) for share, code, place in way[:held]]
    notice = Step(before[-1].after_s + extra_s * 0.2, codes.DELAYED, before[-1].location, delay_s=extra_s)
    return [*before, notice, *(Step(share * length_s + extra_s, code, place) for share, code, place in way[held:])]


def _place(name: str, country: str) -> dict[str, str]:
    return {"name": name, "country_code": country}


def _hub(dice: random.Random, country: str) -> dict[str, str]:
    return _place(dice.choice(_HUBS.get(country, (f"{country} Hub",))), country)


def _depot(to: dict[str, Any]) -> str:
    return f"{to['city']} 대리점" if to["country_code"] == "KR" else f"{to['city']} Depot"
