"""What the worker does for customers at our doors."""

from __future__ import annotations

from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.flows import fresh_link, order_door


def mail_codes(ctx: Ctx) -> None:
    """Mails the codes that were asked for, as the worker does."""
    for args in _asked(ctx, "mail_order_code"):
        order_door.mail_code(ctx, number=args["number"], email=args["email"], key=args["key"])


def mail_links(ctx: Ctx) -> None:
    """Mails the tracking links that were asked for, as the worker does."""
    for args in _asked(ctx, "mail_fresh_link"):
        fresh_link.send(ctx, number=args["number"], email=args["email"])


def _asked(ctx: Ctx, task: str) -> list[dict[str, Any]]:
    found = db.dicts(
        """UPDATE procrastinate_jobs SET status = 'succeeded'
            WHERE task_name = %s AND status = 'todo' AND args ->> 'organisation_id' = %s RETURNING args""",
        [task, str(ctx.organisation_id)],
    )
    return [job["args"] for job in found]
