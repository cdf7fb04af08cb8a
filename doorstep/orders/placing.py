"""What becomes of the drafts of orders, on their way in and in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from doorstep.base.refusals import Refusal
from doorstep.orders.values import OrderDraft


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order is in. `short_of` names the SKUs it waits for; empty when its stock is promised.

    `waits`: "" or as what it waits: backorder, preorder or short.
    """

    order_id: int
    short_of: tuple[str, ...] = ()
    waits: str = ""
    promised_on: date | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The very same order came before."""

    order_id: int


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Refused, and nothing of it was kept."""

    refusal: Refusal
    facts: dict[str, object] = field(default_factory=dict)


Answer = Accepted | Duplicate | NotAccepted


@dataclass(frozen=True, slots=True)
class Placement:
    """A draft whose customer and variants are known, and the language to write in.

    `variants`, `titles`: one per line, in order; `sent`: the draft as it came, where bundles in it were opened.
    """

    draft: OrderDraft
    customer_id: int
    variants: tuple[int, ...]
    titles: tuple[str, ...]
    language: str
    sent: OrderDraft | None = None


@dataclass(frozen=True, slots=True)
class PlacedLine:
    line_id: int
    variant_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class Placed:
    order_id: int
    fulfilment_order_id: int
    lines: tuple[PlacedLine, ...]
