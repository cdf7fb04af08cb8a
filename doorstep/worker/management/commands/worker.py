"""Runs the worker: events, jobs and timers."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from doorstep.base import db, garbage
from doorstep.worker import dispatch, hooks, post, schedule, sync

# The dispatcher, two for the timers, the post, the two that look for webhooks and numbers and their lanes, the jobs; and a few that
# are on their way back.
MOST_CONNECTIONS = 6 + hooks.LANES + sync.LANES + 4 + 4


class Command(BaseCommand):
    help = "Runs the worker until it is told to stop."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4)

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the dispatcher, the timers and the jobs; SIGTERM lets running work finish."""
        garbage.settle()
        db.widen(MOST_CONNECTIONS)
        stop = threading.Event()
        threads = [
            threading.Thread(target=dispatch.run, args=[stop], name="dispatch"),
            threading.Thread(target=schedule.run, args=[stop], name="schedule"),
            threading.Thread(target=post.run, args=[stop], name="post"),
            threading.Thread(target=post.run, args=[stop, "sms"], name="post-sms"),
            threading.Thread(target=hooks.run, args=[stop], name="hooks"),
            threading.Thread(target=sync.run, args=[stop], name="sync"),
        ]
        for thread in threads:
            thread.start()
        try:
            asyncio.run(self._jobs(options["concurrency"]))
        finally:
            stop.set()
            for thread in threads:
                thread.join(timeout=10)

    async def _jobs(self, concurrency: int) -> None:
        assert isinstance(app.connector, DjangoConnector)
        jobs = app.with_connector(app.connector.get_worker_connector())
        async with jobs.open_async():
            work = asyncio.ensure_future(
                jobs.run_worker_async(
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=5,
                    update_heartbeat_interval=2,
                    stalled_worker_timeout=10,
                    fetch_job_polling_interval=2,
                )
            )
            loop = asyncio.get_running_loop()
            for name in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(name, work.cancel)
            try:
                await work
            except asyncio.CancelledError:
                return
