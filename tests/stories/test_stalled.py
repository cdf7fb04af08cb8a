"""What becomes of the jobs of workers that died."""

from __future__ import annotations

import pytest

from doorstep.base import db, jobs
from doorstep.worker import upkeep
from tests.factories import make_ctx

pytestmark = pytest.mark.django_db


def taken() -> dict[str, object]:
    """A worker takes the one job that waits."""
    worker = db.scalar("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
    [job] = db.dicts("SELECT id, attempts FROM procrastinate_fetch_job_v2(NULL, %s)", [worker])
    return {"worker": worker, **job}


def state() -> list[str]:
    return db.column("SELECT status::text FROM procrastinate_jobs")


def break_and_try_again(job: dict[str, object]) -> None:
    db.execute("SELECT procrastinate_retry_job_v1(%s, now(), 0, 'channels', NULL)", [job["id"]])


def silent(job: dict[str, object]) -> None:
    """Nothing is heard of the worker for a while."""
    late = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute' WHERE id = %s"
    db.execute(late, [job["worker"]])


def die(job: dict[str, object]) -> None:
    silent(job)
    for moment in (100.0, 100.0 + upkeep.WATCHED_S):
        upkeep.retry_stalled_jobs(lambda moment=moment: moment)


def test_a_job_that_was_tried_often_is_not_ended_by_the_first_death() -> None:
    ctx = make_ctx()
    jobs.defer("introduce_connection", arguments={"organisation_id": ctx.organisation_id, "connection_id": 1})
    for _ in range(25):
        break_and_try_again(taken())
    die(taken())
    assert state() == ["todo"]
    assert taken()["attempts"] == 25


def test_deaths_take_none_of_the_attempts_that_a_job_has_to_fail() -> None:
    ctx = make_ctx()
    jobs.defer("bulk_orders", arguments={"organisation_id": ctx.organisation_id, "job_id": 1})
    for _ in range(upkeep.MOST_DEATHS - 1):
        die(taken())
    job = taken()
    assert job["attempts"] == 0
    break_and_try_again(job)
    assert state() == ["todo"]
    die(taken())
    assert state() == ["failed"]


def test_a_worker_that_wakes_up_keeps_its_job() -> None:
    ctx = make_ctx()
    jobs.defer("bulk_orders", arguments={"organisation_id": ctx.organisation_id, "job_id": 1})
    job = taken()
    silent(job)
    upkeep.retry_stalled_jobs(lambda: 100.0)
    upkeep.retry_stalled_jobs(lambda: 102.0)
    assert state() == ["doing"]
    db.execute("SELECT procrastinate_update_heartbeat_v1(%s)", [job["worker"]])
    upkeep.retry_stalled_jobs(lambda: 104.0)
    silent(job)
    upkeep.retry_stalled_jobs(lambda: 106.0)
    assert state() == ["doing"]
    upkeep.retry_stalled_jobs(lambda: 110.0)
    assert state() == ["todo"]


def test_the_job_of_a_worker_that_is_gone_from_the_list_is_given_back_at_once() -> None:
    ctx = make_ctx()
    jobs.defer("bulk_orders", arguments={"organisation_id": ctx.organisation_id, "job_id": 1})
    db.execute("SELECT procrastinate_unregister_worker_v1(%s)", [taken()["worker"]])
    upkeep.retry_stalled_jobs()
    assert state() == ["todo"]


def test_a_job_that_a_living_worker_forgot_when_the_database_died_is_done_again() -> None:
    ctx = make_ctx()
    jobs.defer("bulk_orders", arguments={"organisation_id": ctx.organisation_id, "job_id": 1})
    taken()
    upkeep.retry_stalled_jobs(forgotten_s=0)
    assert state() == ["doing"]
    db.execute("UPDATE procrastinate_events SET at = pg_postmaster_start_time() - interval '1 second'")
    upkeep.retry_stalled_jobs(forgotten_s=10**7)
    assert state() == ["doing"]
    upkeep.retry_stalled_jobs(forgotten_s=0)
    assert state() == ["todo"]
