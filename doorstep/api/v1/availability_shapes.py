"""What a shop front reads of availability, and how it says from where it goes on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from ninja import Header, Query
from pydantic import Field, StrictStr

from doorstep.api.v1 import paging
from doorstep.api.v1.shapes import In, Out, Sku
from doorstep.stock.feed import Place

MOST = 5000
SkusAsked = Annotated[
    list[str],
    Query(max_length=MOST, description="Only these SKUs, up to 5,000: several times, or with commas between them."),
]
Rows = Annotated[int, Query(ge=1, le=MOST, description="Rows per page.")]
After = Annotated[
    str,
    Query(max_length=500, description="`cursor` of what was read before; without it: nothing, and the cursor of now."),
]
LastEventId = Annotated[
    str, Header(alias="Last-Event-ID", max_length=500, description="Of a stream: as `after`, and before it.")
]


class AvailabilityOut(Out):
    """How a variant can be sold now. `sku` may change, `variant_id` never does."""

    variant_id: int
    sku: str
    on_sale: Annotated[bool, Field(description="Neither it nor its product is archived.")]
    bundle: bool
    available: Annotated[
        int,
        Field(description="Units that may still be promised, safety stock left out; of a bundle, as many as its components "
              "allow. Zero off sale; below zero where more is promised than is there."),
    ]  # fmt: skip
    selling: Annotated[
        Literal["none", "backorder", "preorder"],
        Field(
            description="As what it is sold beyond what is available; a bundle only where each of its components is."
        ),
    ]
    available_on: Annotated[date | None, Field(description="The day of a pre-order.")]


class AvailabilityListOut(Out):
    availability: list[AvailabilityOut]
    unknown: Annotated[list[str], Field(description="SKUs that were asked for and that no variant has.")]
    cursor: Annotated[
        str, Field(description="From here `/availability/changes` goes on; every page has that of the first.")
    ]
    next: str | None


class AvailabilityChangesOut(Out):
    availability: list[AvailabilityOut]
    cursor: Annotated[str, Field(description="`after` of the next call.")]
    more: Annotated[bool, Field(description="More changed than fits here: go on at once.")]


class AvailabilityQueryIn(In):
    """SKUs whose availability is wanted."""

    skus: Annotated[list[Sku], Field(min_length=1, max_length=MOST)]
    country: Annotated[StrictStr, Field(pattern=r"^([A-Z]{2})?$")] = ""


def cursor_of(place: Place) -> str:
    """A place in the feed, as a caller keeps it."""
    return paging.pack("changes", (place.mark, place.since, place.until, place.after))


def place_of(cursor: str, *, field: str) -> Place | None:
    """The place that a caller kept; None for none.  Refuses: anything that `cursor_of` did not make."""
    parts = paging.by_place(cursor, "changes", field=field)
    return Place(*parts) if parts else None
