"""Writes of analytics: what people say of the time before."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from doorstep.analytics import events
from doorstep.analytics.values import Metric
from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened


@transaction.atomic
def set_baselines(ctx: Ctx, *, values: Mapping[Metric, float | None]) -> None:
    """Keeps what metrics were before; None forgets one.  Emits: BaselinesSet."""
    for metric, value in sorted(values.items()):
        if value is None:
            db.execute(
                "DELETE FROM analytics_baseline WHERE organisation_id = %s AND metric = %s",
                [ctx.organisation_id, metric.value],
            )
        else:
            db.execute(
                """INSERT INTO analytics_baseline (organisation_id, metric, value, at, by) VALUES (%s, %s, %s, %s, %s)
                   ON CONFLICT (organisation_id, metric) DO UPDATE SET value = EXCLUDED.value, at = EXCLUDED.at,
                          by = EXCLUDED.by WHERE analytics_baseline.value <> EXCLUDED.value""",
                [ctx.organisation_id, metric.value, value, ctx.now, ctx.actor.name[:120]],
            )
    of = f"organisation:{ctx.organisation_id}"
    said = {metric.value: value for metric, value in values.items()}
    outbox.record(ctx, [Happened(events.BASELINES_SET, of, of, {"after": said})])
