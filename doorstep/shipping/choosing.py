"""Which service carries a parcel: the cheapest that still arrives by the promised day.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from doorstep.base.money import Money
from doorstep.base.words import gettext_noop

CHOSEN, DEARER, SLOWER, ALIKE, ALIKE_NO_DAY, LATE, NEVER, LESS_LIKED, OTHER_MONEY, NO_DAY, NO_PICK_UP, SILENT, TAKES_NOT = (
    "chosen", "dearer", "slower", "alike", "alike_no_day", "late", "never", "less_liked", "other_money", "no_day", "no_pick_up",
    "silent", "takes_not",
)  # fmt: skip
BY_HAND, ELSEWHERE = "by_hand", "elsewhere"
WHY = {
    CHOSEN: gettext_noop("chosen"),
    DEARER: gettext_noop("costs more"),
    SLOWER: gettext_noop("costs the same and takes longer"),
    ALIKE: gettext_noop("costs the same and is as quick"),
    ALIKE_NO_DAY: gettext_noop("costs the same; nobody knows which of the two is quicker"),
    LATE: gettext_noop("arrives after the promised day"),
    NEVER: gettext_noop("your rule: never"),
    LESS_LIKED: gettext_noop("your rule: another carrier comes first"),
    OTHER_MONEY: gettext_noop("priced in another currency, so it cannot be compared"),
    NO_DAY: gettext_noop("does not say when it arrives, others do"),
    NO_PICK_UP: gettext_noop("no pick-up is entered for it, so nobody knows its day"),
    SILENT: gettext_noop("the carrier did not answer"),
    TAKES_NOT: gettext_noop("no service takes this parcel"),
    BY_HAND: gettext_noop("its numbers are typed by hand"),
    ELSEWHERE: gettext_noop("does not collect at this location"),
}


LONGEST_DAYS = 10_000  # whoever does not say how long it takes comes after all who do


@dataclass(frozen=True, slots=True)
class Offer:
    """One service for one parcel, or a carrier without one.

    `arrives_on` None: nobody knows; where the carrier told its `transit_days` it is the pick-up that nobody entered.
    """

    carrier_id: int
    carrier: str
    service: str = ""
    price: Money | None = None
    transit_days: int | None = None
    arrives_on: date | None = None
    verdict: str = ""

    def as_json(self) -> dict[str, Any]:
        """As a label keeps it."""
        return {
            "carrier_id": self.carrier_id, "carrier": self.carrier, "service": self.service,
            "minor": self.price.minor if self.price else None, "currency": self.price.currency if self.price else "",
            "days": self.transit_days, "arrives_on": self.arrives_on.isoformat() if self.arrives_on else None,
            "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a brand wants.  Shapes: (carrier id, service) that are never bought; the carrier that comes first, if any."""

    never: frozenset[tuple[int, str]] = frozenset()
    preferred_id: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Every offer with its verdict, the best first; `best` is None where nothing can be bought."""

    best: Offer | None
    offers: tuple[Offer, ...]

    def as_json(self, *, promised_on: date | None, by: str = "") -> dict[str, Any]:
        """As a label keeps it: what was promised, who chose, and the table behind it."""
        return {
            "promised_on": promised_on.isoformat() if promised_on else None, "by": by,
            "offers": [offer.as_json() for offer in self.offers],
        }  # fmt: skip


def choose(offers: Sequence[Offer], *, promised_on: date | None, wishes: Wishes) -> Choice:
    """The cheapest service that still arrives by the promised day; of those that all come late, the soonest.

    A preferred carrier comes first as long as it is in time, or nobody is.  Where the day is promised, a service that does not
    say when it arrives counts as late.
    """
    money = _common(offers)
    judged = [replace(offer, verdict=_barred(offer, money, wishes)) for offer in offers]
    able = [offer for offer in judged if not offer.verdict]
    timely = [offer for offer in able if _in_time(offer, promised_on)]
    pool = timely or able
    liked = [offer for offer in pool if offer.carrier_id == wishes.preferred_id] or pool
    key = _by_price if timely else _by_day
    best = min(liked, key=key, default=None)
    told = [
        offer if offer.verdict else replace(offer, verdict=_verdict(offer, best, liked, promised_on, bool(timely)))
        for offer in judged
    ]
    told.sort(key=lambda o: (o.verdict != CHOSEN, o.price is None, o.price.minor if o.price else 0, o.carrier, o.service))
    return Choice(next((o for o in told if o.verdict == CHOSEN), None), tuple(told))


def _common(offers: Collection[Offer]) -> str:
    """The currency that most offers have: prices in others cannot be compared."""
    found = Counter(offer.price.currency for offer in offers if offer.price)
    return min(found, key=lambda currency: (-found[currency], currency), default="")


def _barred(offer: Offer, money: str, wishes: Wishes) -> str:
    if offer.verdict or offer.price is None:
        return offer.verdict or TAKES_NOT
    if (offer.carrier_id, offer.service) in wishes.never:
        return NEVER
    return OTHER_MONEY if offer.price.currency != money else ""


def _in_time(offer: Offer, promised_on: date | None) -> bool:
    return promised_on is None or (offer.arrives_on is not None and offer.arrives_on <= promised_on)


def _by_price(offer: Offer) -> tuple[Any, ...]:
    return (offer.price.minor if offer.price else 0, offer.arrives_on or date.max, _days(offer), offer.carrier_id, offer.service)


def _days(offer: Offer) -> int:
    return LONGEST_DAYS if offer.transit_days is None else offer.transit_days


def _by_day(offer: Offer) -> tuple[Any, ...]:
    return (offer.arrives_on or date.max, offer.price.minor if offer.price else 0, offer.carrier_id, offer.service)


def _verdict(offer: Offer, best: Offer | None, liked: Sequence[Offer], promised_on: date | None, is_timely: bool) -> str:
    if best is None or offer == best:
        return CHOSEN
    if is_timely and not _in_time(offer, promised_on):
        return LATE if offer.arrives_on else _no_day(offer)
    if offer not in liked:
        return LESS_LIKED
    if not is_timely and offer.arrives_on != best.arrives_on:
        return LATE if offer.arrives_on else _no_day(offer)
    same = offer.price is not None and best.price is not None and offer.price.minor == best.price.minor
    return _beside(offer, best) if same else DEARER


def _no_day(offer: Offer) -> str:
    return NO_DAY if offer.transit_days is None else NO_PICK_UP


def _beside(offer: Offer, best: Offer) -> str:
    """Why not, at the same price: by the days, where both are known, else by how long each is on its way."""
    if offer.arrives_on and best.arrives_on:
        return SLOWER if offer.arrives_on > best.arrives_on else ALIKE
    if offer.arrives_on or best.arrives_on or offer.transit_days is None or best.transit_days is None:
        return ALIKE_NO_DAY
    return SLOWER if offer.transit_days > best.transit_days else ALIKE


def sentence(choice: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Why a label's service was chosen, as a sentence and its facts."""
    chosen = next((o for o in choice["offers"] if o["verdict"] == CHOSEN), None)
    if choice.get("by"):
        return gettext_noop("%(who)s chose it."), {"who": str(choice["by"])}
    if chosen is None:
        return gettext_noop("Nothing could be chosen."), {}
    others = {o["verdict"] for o in choice["offers"]}
    if choice["promised_on"] and chosen["arrives_on"] and chosen["arrives_on"] > choice["promised_on"]:
        return gettext_noop("Nothing arrives by %(day)s any more; this is the soonest."), {"day": str(choice["promised_on"])}
    if LESS_LIKED in others:
        return gettext_noop("Your rule: %(carrier)s comes first as long as it is in time."), {"carrier": str(chosen["carrier"])}
    if choice["promised_on"] and not chosen["arrives_on"]:
        return gettext_noop("Nobody knows what arrives by %(day)s; this is the cheapest."), {"day": str(choice["promised_on"])}
    if choice["promised_on"]:
        return gettext_noop("The cheapest that arrives by %(day)s, the promised day."), {"day": str(choice["promised_on"])}
    return gettext_noop("The cheapest; no day was promised."), {}
