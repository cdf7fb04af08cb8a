"""When a parcel comes, for every page that shows one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone, translation

from doorstep.base import zones
from doorstep.flows import estimate_words
from doorstep.shipping.values import ParcelRow

register = template.Library()


@dataclass(frozen=True, slots=True)
class Told:
    """When a parcel comes, in the reader's language.  `carrier_on`: what its carrier says, where that is another day."""

    sentence: str
    certainty: str
    carrier_on: date | None
    is_late: bool
    basis: int
    seen: int


@register.simple_tag
def coming(parcel: ParcelRow) -> Told | None:
    """`{% coming parcel as told %}`: None where it has come, or where nothing is known."""
    now, to = datetime.now(UTC), parcel.ship_to
    zone = zones.zone_of_place(str(to.get("country") or ""), str(to.get("region") or ""), at=now)
    today = now.astimezone(ZoneInfo(zone) if zone else timezone.get_current_timezone()).date()
    one = estimate_words.coming(parcel, today=today)
    if one is None:
        return None
    language = (translation.get_language() or "en")[:2]
    is_other = one.from_on is not None and one.carrier_on is not None and one.carrier_on != one.on
    return Told(
        estimate_words.sentence(one, language=language), estimate_words.certainty(one),
        one.carrier_on if is_other else None, one.is_late, one.basis, one.seen,
    )  # fmt: skip
