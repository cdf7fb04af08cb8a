"""Jobs that share a lock follow each other at once: a printer does not wait two seconds between two labels."""

from __future__ import annotations

import asyncio
import time

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from doorstep.base import db, jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("story")]
JOBS, POLL_S, WITHIN_S, GIVEN_UP_S = 30, 2, 40, 120  # one poll per job would take a minute
NOT_DONE = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"


def left() -> int:
    """How many jobs are not done yet, asked by a thread of its own."""
    try:
        return int(db.scalar(NOT_DONE))
    finally:
        connection.close()


async def work_until_done() -> float:
    """A worker as it is in the house; gives how long it took until nothing was left to do.

    A notice that comes while a worker looks may be lost to it, and is made good by the poll: a few may, not each.
    """
    assert isinstance(app.connector, DjangoConnector)
    own = app.with_connector(app.connector.get_worker_connector())
    async with own.open_async():
        began = time.monotonic()
        work = asyncio.ensure_future(
            own.run_worker_async(
                concurrency=4,
                install_signal_handlers=False,
                delete_jobs="successful",
                fetch_job_polling_interval=POLL_S,
            )
        )
        while await asyncio.to_thread(left) and time.monotonic() < began + GIVEN_UP_S:
            await asyncio.sleep(0.05)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    return time.monotonic() - began


def test_jobs_behind_a_lock_are_not_left_until_the_next_poll() -> None:
    for n in range(JOBS):
        jobs.defer("print_document", arguments={"organisation_id": 1, "print_job_id": n + 1}, lock="printer:1")

    took = asyncio.run(work_until_done())

    assert db.scalar(NOT_DONE) == 0
    assert took < WITHIN_S


def test_jobs_that_fail_let_those_behind_them_go_on() -> None:
    for _ in range(JOBS):
        jobs.defer("a_task_that_is_gone", arguments={}, lock="printer:1")

    took = asyncio.run(work_until_done())

    assert db.column("SELECT status FROM procrastinate_jobs") == ["failed"] * JOBS
    assert took < WITHIN_S
