"""Which place a postal code belongs to, for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base import db
from doorstep.locations import rules


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """`place` and `region` are "" for a code that nobody knows; `has_country`: whether any of the country is known."""

    place: str = ""
    region: str = ""
    has_country: bool = False


def find_many(*, places: Sequence[tuple[str, str]]) -> list[PlaceRow]:
    """Where postal codes belong.  Shapes: one answer per (country, postal code), in order, from two statements."""
    if not places:
        return []
    wanted = [
        (n, rank, country, code)
        for n, (country, postal_code) in enumerate(places)
        for rank, code in enumerate(rules.postal_candidates(country, postal_code))
    ]
    found = db.dicts(
        """SELECT DISTINCT ON (u.n) u.n, p.place, p.region
             FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[]) u(n, rank, country, code)
             JOIN locations_postalplace p ON p.country = u.country AND p.postal_code = u.code ORDER BY u.n, u.rank""",
        db.columns(wanted, 4),
    ) if wanted else []  # fmt: skip
    by_number = {line["n"]: line for line in found}
    countries = sorted({country for country, _ in places})
    known = set(
        db.column(
            """SELECT u.country FROM unnest(%s::text[]) u(country)
                WHERE EXISTS (SELECT 1 FROM locations_postalplace p WHERE p.country = u.country)""",
            [countries],
        )
    )
    return [
        PlaceRow(by_number[n]["place"], by_number[n]["region"], True) if n in by_number else PlaceRow(has_country=country in known)
        for n, (country, _) in enumerate(places)
    ]
