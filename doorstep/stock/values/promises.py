"""Units that are promised, to an order or to whoever comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ReservationState(StrEnum):
    OPEN = "open"
    FULFILLED = "fulfilled"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Want:
    """Units wanted for one reference, e.g. one order line."""

    reference_id: int
    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Pin:
    """Units of one reference that shall come from one location."""

    reference_id: int
    variant_id: int
    location_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Short:
    """A variant that could not be promised: wanted more than was there."""

    variant_id: int
    wanted: int
    available: int


@dataclass(frozen=True, slots=True)
class Group:
    """Wants that are promised together or not at all, e.g. one order.

    `places`: the locations that may serve it; None when every unit of the pool may.
    `cart`: the token under which its buyer held units while checking out; "" for none.
    """

    wants: tuple[Want, ...]
    places: frozenset[int] | None = None
    cart: str = ""


@dataclass(frozen=True, slots=True)
class ReservationRow:
    id: int
    variant_id: int
    reference_id: int
    qty: int
    location_id: int | None
    places: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """Who gets what.  `answers`: one per group, empty for those that are served.

    Of the carts, as ids of their lines: `ordered` became part of an order, `given_back` belonged to a buyer who needs them
    no more, `expired` ended because somebody else needs the units.  `freed`: variants of which a cart gave units back.
    """

    answers: list[tuple[Short, ...]]
    ordered: list[int]
    given_back: list[int]
    expired: list[int]
    freed: set[int]
