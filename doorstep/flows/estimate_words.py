"""When a parcel comes, in words that say how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext

from doorstep.shipping import estimates
from doorstep.shipping.values import ParcelRow, ParcelState, TrackingStatus

DAY = {"en": "EEEE, d MMM", "ko": "M월 d일 EEEE"}
SHORT = {"en": "EEE d MMM", "ko": "M월 d일(EEE)"}
OVER = {
    TrackingStatus.DELIVERED, TrackingStatus.RETURN_TO_SENDER, TrackingStatus.CANCELLED, TrackingStatus.EXPIRED,
    TrackingStatus.AVAILABLE_FOR_PICKUP,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coming:
    """When a parcel comes, as far as can be said.  `on` None: it is late, and nobody knows.

    `carrier_on`: what its carrier says, kept beside; `basis`: 0 its very way, more the coarser; `seen`: parcels that went before.
    """

    on: date | None
    from_on: date | None
    to_on: date | None
    carrier_on: date | None
    is_late: bool
    is_today: bool
    is_sure: bool
    seen: int
    basis: int


def coming(parcel: ParcelRow, *, today: date) -> Coming | None:
    """When a parcel comes, by our own history, else by what its carrier says; None where it has come or nothing is known.

    `today`: at its destination.
    """
    if parcel.state != ParcelState.HANDED_OVER or parcel.status in OVER or parcel.delivered_at is not None:
        return None
    one = _coming(parcel, today=today)
    # while its carrier tells of trouble, the day from before promises nothing; that it is late stays true
    return None if parcel.status == TrackingStatus.EXCEPTION and one is not None and not one.is_late else one


def _coming(parcel: ParcelRow, *, today: date) -> Coming | None:
    is_today = parcel.status == TrackingStatus.OUT_FOR_DELIVERY and parcel.status_at is not None
    if parcel.expected_on is None or parcel.expected_from is None or parcel.expected_to is None:
        if parcel.estimated_on is None:
            return None
        is_late = parcel.estimated_on < today
        on = today if is_today and not is_late else None if is_late else parcel.estimated_on
        return Coming(on, None, None, parcel.estimated_on, is_late, is_today and not is_late, False, 0, 0)
    is_late = parcel.expected_to < today and not is_today
    on = None if is_late else today if is_today else max(parcel.expected_on, today)
    return Coming(
        on=on,
        from_on=None if is_late or is_today else max(parcel.expected_from, today),
        to_on=parcel.expected_to if is_late else None if is_today else parcel.expected_to,
        carrier_on=parcel.estimated_on,
        is_late=is_late,
        is_today=is_today,
        is_sure=parcel.expected_seen >= estimates.FEW,
        seen=parcel.expected_seen,
        basis=parcel.expected_level,
    )


def sentence(one: Coming, *, language: str) -> str:
    """The day and how sure it is, in the language that is active."""
    if one.is_today:
        return gettext("It should come today.")
    if one.is_late:
        by = one.to_on or one.carrier_on
        return gettext("It was expected by %(day)s and is late.") % {"day": _day(by, language) if by else ""}
    if one.on is None:
        return ""
    facts = {"on": _day(one.on, language)}
    if one.from_on is None or one.to_on is None:
        return gettext("%(on)s, by what the carrier says.") % facts
    if one.from_on == one.to_on:
        return gettext("%(on)s, most likely.") % facts
    facts |= {"from": _short(one.from_on, language), "to": _short(one.to_on, language)}
    return gettext("%(on)s, most likely between %(from)s and %(to)s.") % facts


def for_letter(parcel: ParcelRow, *, language: str, today: date) -> str:
    """When a parcel should come, by its lane, else by its carrier, in the active language; "" where it is late or nobody knows.

    `today`: at its destination.
    """
    one = coming(parcel, today=today)
    if one is None or one.is_late:
        return ""
    return in_letter(one, language=language)


def in_letter(one: Coming, *, language: str) -> str:
    """A day that lies ahead as letters say it, in the active language."""
    said = sentence(one, language=language)
    return said if one.is_today else gettext("It should arrive: %(said)s") % {"said": said}


def certainty(one: Coming) -> str:
    """What stands behind it, in the language that is active; "" where it is not ours to say."""
    if one.is_late or one.is_today or one.from_on is None:
        return ""
    if not one.is_sure:
        return gettext("A first guess: few parcels went this way before.")
    return gettext("8 of 10 parcels that go this way come between these days.")


def facts(one: Coming) -> dict[str, Any]:
    """The same for programs."""
    return {
        "on": one.on, "from_on": one.from_on, "to_on": one.to_on, "share": estimates.SAID if one.from_on else None,
        "is_late": one.is_late, "carrier_on": one.carrier_on, "parcels_seen": one.seen,
        "certainty": ("usual" if one.is_sure else "few") if one.from_on else "carrier",
    }  # fmt: skip


def _day(on: date, language: str) -> str:
    return str(format_date(on, DAY.get(language, DAY["en"]), locale=language))


def _short(on: date, language: str) -> str:
    return str(format_date(on, SHORT.get(language, SHORT["en"]), locale=language))
