"""Where units lie that an order may have, and those that it may not."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.locations.values import LocationRow
from doorstep.routing.values import Elsewhere


def within_reach(
    lying: Sequence[tuple[LocationRow, int]], *, country: str, shut: frozenset[int] = frozenset()
) -> tuple[int, tuple[Elsewhere, ...]]:
    """Tells the units that an order for a country may have from those that it may not, and why not.

    Units: whole units.  Shapes: what may serve it, summed; then the other places, the fullest first.  `shut`: places that
    are excluded for it.
    """
    here = sum(qty for at, qty in lying if at.can_serve(country) and at.id not in shut)
    others = [
        Elsewhere(at.id, at.name, qty, _why_not(at, country, shut))
        for at, qty in lying
        if not at.can_serve(country) or at.id in shut
    ]
    return here, tuple(sorted(others, key=lambda one: (-one.qty, one.location_id)))


def _why_not(at: LocationRow, country: str, shut: frozenset[int]) -> str:
    if not at.active:
        return "not_in_use"
    if at.id in shut and at.can_serve(country):
        return "excluded"
    return "country" if at.fulfils_online else "not_online"
