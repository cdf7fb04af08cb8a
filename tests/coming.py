"""Units that are due, for tests of promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from doorstep.stock import queries
from doorstep.stock.values import Incoming


def due(monkeypatch: pytest.MonkeyPatch, *lots: tuple[int, int, date]) -> None:
    """Lets units be due, in place of those that were.  Shapes: variant, units, day each."""
    rows = [Incoming(variant, None, qty, on, f"delivery:{n}") for n, (variant, qty, on) in enumerate(lots)]

    def incoming_of(_ctx: Any, *, variant_ids: Sequence[int], location_ids: Any = None) -> list[Incoming]:
        del location_ids
        return [row for row in rows if row.variant_id in variant_ids]

    monkeypatch.setattr(queries, "incoming_of", incoming_of)
