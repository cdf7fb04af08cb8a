"""The words of cartonisation.  Units: millimetres and grams."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

Dims = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Item:
    """So many units of one kind.  `key`: what the caller calls them.  `dims_mm` None: nobody measured them.

    `own_box`: each unit goes as it is.  `fragile`: nothing is stacked on it.
    """

    key: int
    qty: int
    dims_mm: Dims | None
    weight_g: int = 0
    own_box: bool = False
    fragile: bool = False


@dataclass(frozen=True, slots=True)
class BoxType:
    """A kind of box, as many as one likes.  `most_g`: what it may weigh with itself, 0: whatever fits.  `flat`: an envelope, whose
    contents take from its length and width what they are thick."""

    id: int
    name: str
    dims_mm: Dims
    empty_g: int = 0
    most_g: int = 0
    cost_minor: int = 0
    flat: bool = False

    @property
    def volume(self) -> int:
        length, width, height = self.dims_mm
        return length * width * height


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one unit lies in its box: the corner nearest to the origin, and how it is turned."""

    key: int
    at: Dims
    dims: Dims

    @property
    def end(self) -> Dims:
        return self.at[0] + self.dims[0], self.at[1] + self.dims[1], self.at[2] + self.dims[2]


@dataclass(frozen=True, slots=True)
class Carton:
    """One parcel to be.  `box` None: its one unit ships as it is, or nothing is known that could tell a box.

    `unsure`: units that nobody measured and that are only hoped to fit beside the placed ones.
    """

    box: BoxType | None
    placed: tuple[Placed, ...]
    unsure: tuple[int, ...]
    weight_g: int
    dims_mm: Dims | None

    @property
    def units(self) -> Counter[int]:
        """How many units of each key."""
        return Counter([*(one.key for one in self.placed), *self.unsure])


class WhyNot(StrEnum):
    """Why something does not go into a box."""

    SIDE = "side"  # one unit alone is too long
    WEIGHT = "weight"
    NO_DIMS = "no_dims"
    VOLUME = "volume"  # all together are more than the box
    ROOM = "room"  # they would fill it, but no way was found to lay them


@dataclass(frozen=True, slots=True)
class Why:
    """Why a unit alone, or with `key` None all of them together, does not go into a box.

    `side`: 0 the longest, 1 the middle, 2 the shortest.  `has`, `most`: millimetres, grams or cubic millimetres.
    """

    box_id: int
    why: WhyNot
    key: int | None = None
    side: int = 0
    has: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Boxes for all items.  `whys`: why single units do not go into which boxes; `together`: why all at once do not."""

    cartons: tuple[Carton, ...]
    whys: tuple[Why, ...]
    together: tuple[Why, ...]

    @property
    def homeless(self) -> set[int]:
        """Kinds of units for which there is no box, though they were measured."""
        return {one.key for carton in self.cartons if carton.box is None for one in carton.placed}
