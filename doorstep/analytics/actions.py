"""Writes of analytics: what is known of the time before."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from doorstep.analytics import events, queries
from doorstep.analytics.values import ENTERED, Metric
from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened


@transaction.atomic
def set_baselines(ctx: Ctx, *, values: Mapping[Metric, float | None]) -> None:
    """Keeps what metrics were before; None forgets one.  Emits: BaselinesSet."""
    for metric, value in sorted(values.items()):
        if value is None:
            db.execute(
                "DELETE FROM analytics_baseline WHERE organisation_id = %s AND metric = %s AND source = %s",
                [ctx.organisation_id, metric.value, ENTERED],
            )
        else:
            db.execute(
                """INSERT INTO analytics_baseline (organisation_id, metric, value, source, at, by) VALUES (%s, %s, %s, %s, %s, %s)
                   ON CONFLICT (organisation_id, metric) DO UPDATE SET value = EXCLUDED.value, source = EXCLUDED.source,
                          at = EXCLUDED.at, by = EXCLUDED.by
                    WHERE (analytics_baseline.value, analytics_baseline.source) <> (EXCLUDED.value, EXCLUDED.source)""",
                [ctx.organisation_id, metric.value, value, ENTERED, ctx.now, ctx.actor.name[:120]],
            )
    of = f"organisation:{ctx.organisation_id}"
    said = {metric.value: value for metric, value in values.items()}
    outbox.record(ctx, [Happened(events.BASELINES_SET, of, of, {"after": said})])


@transaction.atomic
def keep_first_days(ctx: Ctx) -> None:
    """Keeps what was measured in the first 28 days, once it can be compared with; what is known stays as it is."""
    known = queries.baselines(ctx)
    found = queries.first_days(ctx, of=[metric for metric in queries.COMPARED if metric not in known])
    for metric, before in sorted(found.items()):
        db.execute(
            """INSERT INTO analytics_baseline (organisation_id, metric, value, source, at, by) VALUES (%s, %s, %s, %s, %s, '')
               ON CONFLICT (organisation_id, metric) DO NOTHING""",
            [ctx.organisation_id, metric.value, before.value, before.source, before.at],
        )
