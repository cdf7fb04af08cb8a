"""What stands in where a rate is missing: a table of zones by distance, with a first price, kilograms and days of transit."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from doorstep.routing.engine.values import Tariff


@dataclass(frozen=True, slots=True)
class ZoneTable:
    """Units: `edges_km` where the next zone begins; money in the brand's minor units.  Shapes: the rest one for each zone."""

    edges_km: tuple[float, ...]
    first: tuple[float, ...]
    each_kg: tuple[float, ...]
    transit_days: tuple[int, ...]
    step_g: int = 500

    def zone(self, distance_km: float | None) -> int:
        """A distance that nobody knows is of the zone in the middle."""
        return len(self.edges_km) // 2 if distance_km is None else bisect_left(self.edges_km, distance_km)

    def tariff(self, zone: int) -> Tariff:
        """The first price and so much for each step of weight that has begun, at least one."""
        first, step_g = self.first[zone], self.step_g
        each = self.each_kg[zone] * step_g / 1000

        def price(weight_g: int) -> float:
            return first + each * (-(-weight_g // step_g) or 1)

        return price


def standard(first: float) -> ZoneTable:
    """Seven zones as ground parcels are commonly priced, from what the nearest costs a parcel before its weight.

    Units: `first` minor units of any currency; the other prices are in proportion.  Source: the shape of public ground rates by
    zone; only how the zones stand to each other matters for which location is chosen.
    """
    rise = (1.0, 1.05, 1.13, 1.21, 1.30, 1.39, 1.50)
    kilo = (0.07, 0.09, 0.12, 0.15, 0.19, 0.22, 0.26)
    return ZoneTable(
        edges_km=(240, 480, 970, 1600, 2250, 2900),
        first=tuple(first * share for share in rise),
        each_kg=tuple(first * share for share in kilo),
        transit_days=(1, 2, 2, 3, 4, 4, 5),
    )
