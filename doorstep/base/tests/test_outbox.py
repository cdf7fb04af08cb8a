"""What happened is told in the order in which it happened, whenever it was written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.base import outbox
from doorstep.base.outbox import Happened
from tests.factories import make_ctx

pytestmark = pytest.mark.django_db


def test_a_timeline_goes_by_the_time_of_what_happened_then_by_what_was_written_first() -> None:
    ctx = make_ctx()
    yesterday = replace(ctx, now=ctx.now - timedelta(days=1))
    outbox.record(ctx, [Happened("order.fulfilled", "order:1", "order:1", {})])
    outbox.record(yesterday, [Happened(t, "order:1", "order:1", {}) for t in ("order.placed", "order.paid")])

    told = [event.type for event in outbox.timeline(ctx, of=["order:1"])]

    assert told == ["order.fulfilled", "order.paid", "order.placed"]
