"""Timers and network calls: deferred in the transaction that makes them necessary."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import procrastinate
from procrastinate.contrib.django import app as django_app

app = procrastinate.Blueprint()


def defer(task: str, *, arguments: dict[str, Any], at: datetime | None = None, lock: str | None = None) -> None:
    """Asks the worker for one run of a task once the caller's transaction commits.

    `lock`: runs that share it never overlap.  Asking twice runs twice: tasks re-check state first.
    """
    django_app.configure_task(task, schedule_at=at, lock=lock).defer(**arguments)


def on_app_ready(ready: procrastinate.App) -> None:
    """Called by procrastinate when Django is up; the worker's tasks are added by `doorstep.worker`."""
