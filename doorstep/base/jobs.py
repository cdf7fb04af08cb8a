"""Timers and network calls: deferred in the transaction that makes them necessary."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app


def defer(task: str, *, arguments: dict[str, Any], at: datetime | None = None, lock: str | None = None) -> None:
    """Asks the worker for one run of a task once the caller's transaction commits.

    `lock`: runs that share it never overlap and keep their order.  Asking twice runs twice: tasks re-check state first.
    """
    app.configure_task(task, schedule_at=at, lock=lock).defer(**arguments)
