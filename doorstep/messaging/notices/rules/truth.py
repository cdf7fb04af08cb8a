"""Which of the notices that waited are still true, and which of them is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from doorstep.messaging.notices.values import NOTICES, OF_STATUS, SILENT, NoticeKind, Why


@dataclass(frozen=True, slots=True)
class Now:
    """How it stands with an order, and with a parcel of it; the latter is "" for a notice about the order itself.

    `waits`: a part of the order waits for stock.  `scanned_at`: when the carrier last saw the parcel.
    """

    order_state: str
    is_all_gone: bool
    parcel_state: str = ""
    status: str = ""
    waits: bool = False
    scanned_at: datetime | None = None


# A parcel in these was seen by its customer, or is as good as there: what lies behind it is no news.
PAST_SHIPPING = {"delivered", "out_for_delivery", "available_for_pickup", "return_to_sender"}


def holds(kind: NoticeKind, now: Now) -> bool:
    """Whether what a notice says is so."""
    if kind in (NoticeKind.CONFIRMED, NoticeKind.SENT_AGAIN):
        return now.order_state != "cancelled"
    if kind is NoticeKind.DELAYED_BEFORE_SHIPPING:
        return now.order_state == "open" and not now.is_all_gone and now.waits
    if kind is NoticeKind.PART_CANCELLED:
        return True
    if now.parcel_state != "handed_over":
        return False
    if kind is NoticeKind.SHIPPED:
        return now.status not in PAST_SHIPPING
    if kind is NoticeKind.DELIVERED:
        return now.status == "delivered"
    if kind is NoticeKind.DELAY:  # a parcel that stands still is late, whatever its carrier last said of it
        return now.status not in PAST_SHIPPING | {"exception"}
    return OF_STATUS.get(now.status) is kind


class Waiting(Protocol):
    """A notice that waited."""

    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def parcel_id(self) -> int: ...
    @property
    def wanted_at(self) -> datetime: ...
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=Waiting)


def is_over(row: Waiting, now: Now) -> bool:
    """Whether a notice says that a parcel stands still which was scanned since."""
    is_silent = row.kind == NoticeKind.DELAY and row.key.endswith(f":{SILENT}")
    return is_silent and now.status != "delayed" and now.scanned_at is not None and now.scanned_at > row.wanted_at


def choose(waited: Sequence[Row], now: dict[int, Now]) -> tuple[list[Row], list[tuple[Row, Why]]]:
    """Which of an order's notices of one way are told at the end of quiet hours: one for each parcel, the furthest that holds.

    `now`: by parcel, 0 for the order itself.  Returns: those told, in the order in which they came; and the others, with why.
    """
    told: dict[tuple[int, str], Row] = {}
    dropped: list[tuple[Row, Why]] = []
    for row in sorted(waited, key=lambda row: (NOTICES[NoticeKind(row.kind)].rank, row.id)):
        kind, stands = NoticeKind(row.kind), now.get(row.parcel_id)
        if stands is None or not holds(kind, stands) or is_over(row, stands):
            dropped.append((row, Why.UNTRUE))
            continue
        about = (row.parcel_id, row.key if NOTICES[kind].stands_alone else "")
        if about in told:
            dropped.append((told[about], Why.OVERTAKEN))
        told[about] = row
    return sorted(told.values(), key=lambda row: row.id), dropped
