"""What the worker does for customers at our doors."""

from __future__ import annotations

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.flows import order_door


def mail_codes(ctx: Ctx) -> None:
    """Mails the codes that were asked for, as the worker does."""
    asked = db.dicts(
        """UPDATE procrastinate_jobs SET status = 'succeeded'
            WHERE task_name = 'mail_order_code' AND status = 'todo' AND args ->> 'organisation_id' = %s RETURNING args""",
        [str(ctx.organisation_id)],
    )
    for job in asked:
        args = job["args"]
        order_door.mail_code(ctx, number=args["number"], email=args["email"], key=args["key"])
