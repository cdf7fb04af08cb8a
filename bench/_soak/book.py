"""The book that the clients keep themselves: what the answers they got say of a few products that only they touch."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

Place = tuple[str, int]  # SKU and location


@dataclass
class Book:
    """What must lie where at the end, and be promised.  Units: whole units."""

    on_hand: Counter[Place] = field(default_factory=Counter)
    damaged: Counter[Place] = field(default_factory=Counter)
    carts: dict[str, Counter[str]] = field(default_factory=dict)
    ordered: dict[int, Counter[str]] = field(default_factory=dict)
    shipped: Counter[tuple[int, str]] = field(default_factory=Counter)
    cancelled: set[int] = field(default_factory=set)
    parcels: set[int] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def ship(self, parcel_id: int, order_id: int, location_id: int, units: Counter[str]) -> None:
        """A parcel left; said twice is once."""
        with self.lock:
            if parcel_id in self.parcels:
                return
            self.parcels.add(parcel_id)
            for sku, qty in units.items():
                self.shipped[order_id, sku] += qty
                self.on_hand[sku, location_id] -= qty

    def committed(self) -> Counter[str]:
        """Units promised to orders that have neither left nor been called off."""
        told: Counter[str] = Counter()
        for order_id, wants in self.ordered.items():
            if order_id not in self.cancelled:
                told.update({sku: qty - self.shipped[order_id, sku] for sku, qty in wants.items()})
        return told

    def reserved(self) -> Counter[str]:
        """Units that carts hold."""
        return sum(self.carts.values(), Counter())
