"""Timers and network calls: deferred in the transaction that makes them necessary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from doorstep.base import db


def defer(task: str, *, arguments: dict[str, Any], at: datetime | None = None, lock: str | None = None) -> None:
    """Asks the worker for one run of a task once the caller's transaction commits.

    `lock`: runs that share it never overlap and keep their order.  Asking twice runs twice: tasks re-check state first.
    """
    app.configure_task(task, schedule_at=at, lock=lock).defer(**arguments)


def defer_again(task: str, *, arguments: dict[str, Any], lock: str) -> None:
    """As `defer`, for a timer that asks on and on: while a run that it asked for waits, nothing is added."""
    key = ":".join([task, *(str(value) for value in arguments.values())])
    try:
        with transaction.atomic():
            app.configure_task(task, lock=lock, queueing_lock=key).defer(**arguments)
    except AlreadyEnqueued:
        return


def live_locks(locks: Sequence[str]) -> set[str]:
    """Those of the locks for which a run waits, is under way or will be tried again."""
    found = db.dicts(
        """SELECT DISTINCT lock FROM procrastinate_jobs
            WHERE lock = ANY(%s) AND status IN ('todo', 'doing')""",
        [list(locks)],
    )
    return {line["lock"] for line in found}
