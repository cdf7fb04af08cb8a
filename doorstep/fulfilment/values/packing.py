"""Packing: the brand's boxes, and how one is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

HEAVIEST_G = 1_000_000
LONGEST_MM = 10_000
BOX_NAME_TAKEN = Refusal(
    "box_name_taken",
    gettext_noop("Another box is called %(name)s."),
    gettext_noop("Choose another name, or change that box."),
)
BOX_RETIRED = Refusal(
    "box_retired",
    gettext_noop("The box %(name)s is out of use."),
    gettext_noop("Choose another box, or take it back into use under Settings, Boxes."),
)


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One of the brand's boxes.  Inner dimensions, millimetres; grams.  `flat`: an envelope, whose contents make it thick, at
    most `height_mm`.  `location_id` None: every location has it."""

    id: int
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    empty_g: int
    most_g: int
    cost_minor: int
    currency: str
    flat: bool
    location_id: int | None
    active: bool

    @property
    def dims_mm(self) -> tuple[int, int, int]:
        return self.length_mm, self.width_mm, self.height_mm


@dataclass(frozen=True, slots=True)
class BoxDraft:
    """What a person writes about a box, see `BoxRow`."""

    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    empty_g: int = 0
    most_g: int = 0
    cost_minor: int = 0
    flat: bool = False
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """How a packer closes one box.  `units` by order line, None: all that is left.  `weight_g` None: what items and box weigh.

    `dims_mm`: for what goes without one of the brand's boxes.  `planned`: of how many parcels this is one, as far as the packer
    knows.  `wish`: names this closing, so that one told twice makes one parcel.
    """

    units: Mapping[int, int] | None = None
    box_id: int | None = None
    weight_g: int | None = None
    dims_mm: tuple[int, int, int] | None = None
    planned: int = 1
    wish: str = ""
