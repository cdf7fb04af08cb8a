"""Decisions about what comes in that need no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.stock.inbound.values import Condition, DeliveryState, TransferState


def allowed(expected: int, tolerance_percent: int) -> int:
    """How many units of a line may come before somebody has to say why.  Units: whole units, per cent."""
    return expected + expected * tolerance_percent // 100


def surplus(*, expected: int, received: int, qty: int) -> int:
    """How many of the units that come now are more than was expected."""
    return max(received + qty - max(expected, received), 0)


def needs_reason(*, expected: int, received: int, qty: int, tolerance_percent: int) -> bool:
    """Whether so many more than expected is not taken without a word; what nobody announced is noted anyway."""
    return expected > 0 and received + qty > allowed(expected, tolerance_percent)


def delivery_state(lines: Sequence[tuple[int, int]]) -> DeliveryState:
    """Where a delivery of these (expected, received) lines stands, while it is open."""
    if not any(received for _, received in lines):
        return DeliveryState.EXPECTED
    if all(received >= expected for expected, received in lines):
        return DeliveryState.RECEIVED
    return DeliveryState.PARTIALLY_RECEIVED


def transfer_state(lines: Sequence[tuple[int, int]]) -> TransferState:
    """Where a transfer of these (shipped, arrived or lost) lines stands, once it has left."""
    if all(arrived == shipped for shipped, arrived in lines):
        return TransferState.RECEIVED
    return TransferState.PARTIALLY_RECEIVED if any(arrived for _, arrived in lines) else TransferState.IN_TRANSIT


@dataclass(frozen=True, slots=True)
class Effect:
    """What a received unit adds to the counters of its place."""

    damaged: int
    quality_control: int


EFFECTS = {
    Condition.GOOD: Effect(0, 0),
    Condition.DAMAGED: Effect(1, 0),
    Condition.QUALITY_CONTROL: Effect(0, 1),
}
