"""What a shop is told, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.base.money import Money


@dataclass(frozen=True, slots=True)
class Number:
    """What a listing shall show.  `shows`: what it shows, as far as we know: a shop that can compares with it."""

    id: str
    number: int
    shows: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """The shop shows the number."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The listing shows another number than we knew, and keeps it.  `shows`: which, where the shop says."""

    shows: int | None


@dataclass(frozen=True, slots=True)
class Later:
    """The shop has the number and says later what became of it.  `handle`: what to ask with."""

    handle: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The shop knows no such listing, or has no number for it."""

    reason: str


class Throttled(Exception):
    """No call is free before `wait_s`; nothing was sent."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no call is free for {wait_s:.1f} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel that left.  `lines`: (SKU, units) in it.

    `items`: what each line is of, as `ListedItem.item` names it, line by line; its SKU counts where that is "" or nothing is said.
    """

    external_id: str
    tracking_number: str
    carrier: str
    tracking_url: str
    lines: tuple[tuple[str, int], ...]
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """Goods that came back.  `key`: one per return.  `lines`: (SKU, units).

    `items`: as `Shipped.items`.  `return_id`: as `ReturnTold.return_id`, "" for a return that the shop has not.
    """

    external_id: str
    key: str
    lines: tuple[tuple[str, int], ...]
    items: tuple[str, ...] = ()
    return_id: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A return that was opened here.  `key`: one per return.  `lines`: (SKU, units).  `reasons`: why, line by line.

    `items`: as `Shipped.items`.
    """

    external_id: str
    key: str
    lines: tuple[tuple[str, int], ...]
    reasons: tuple[str, ...]
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedThere:
    """The shop has the return, and how it names it, as `ReturnTold.return_id`."""

    return_id: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money that was given back.  `key`: one per refund."""

    external_id: str
    key: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Declined:
    """The shop understood and said no; asking again will not help.

    `is_broken_off`: of a number, that some of what was told with it may have been taken: what the listing shows is not known.
    """

    reason: str
    is_broken_off: bool = False


NumberAnswer = Taken | Stale | Later | Gone | Declined
