"""Print jobs go by age."""

from __future__ import annotations

from datetime import datetime

from doorstep.base import db


def forget_print_jobs(*, older_than: datetime, limit: int) -> int:
    """Drops the oldest print jobs that ended before then, of every organisation.  Returns: how many."""
    return db.execute(
        """DELETE FROM fulfilment_printjob WHERE settled_at < %s AND id IN (
                  SELECT id FROM fulfilment_printjob ORDER BY id LIMIT %s)""",
        [older_than, limit],
    )
