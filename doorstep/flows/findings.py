"""What comes back too often becomes work for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from doorstep.accounts import queries as accounts
from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.returns import queries
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

KIND = "return_finding"
LOOKS_BACK = timedelta(days=90)


def look(ctx: Ctx, *, since: datetime, until: datetime, owner_id: int | None = None) -> list[int]:
    """Asks a person to look at each product that comes back more often than its category; once per product and month.

    Returns: ids of the new tasks.  Emits: TaskCreated.
    """
    drafts = [
        TaskDraft(
            f"{KIND}:{found.product_id}:{until:%Y-%m}",
            KIND,
            f"product:{found.product_id}",
            f"product:{found.product_id}",
            {
                "title": found.title, "category": found.category, "returned": found.share.hits, "sold": found.share.of,
                "rate": round(found.share.rate, 4), "low": round(found.share.low, 4), "high": round(found.share.high, 4),
                "category_rate": round(found.category_share.rate, 4), "reason": next(iter(found.reasons), ""),
                "since": since.isoformat(), "until": until.isoformat(),
            },
            owner_id=owner_id,
        )
        for found in queries.report(ctx, since=since, until=until)
        if found.is_finding
    ]  # fmt: skip
    return tasks.create(ctx, tasks=drafts) if drafts else []


def sweep(now: datetime) -> None:
    """Looks at the last ninety days of every brand."""
    alone.each_of(
        [(brand.id, brand.id) for brand in accounts.list_organisations()],
        lambda ctx, _: look(ctx, since=now - LOOKS_BACK, until=now),
        now=now,
        what="findings",
    )
