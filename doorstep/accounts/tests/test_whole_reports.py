"""Reports of bulk actions from before they stood in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from doorstep.accounts import actions as accounts
from doorstep.accounts import queries
from doorstep.base import db
from doorstep.base.ctx import Ctx
from tests.factories import make_ctx

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = "0003_lists", "0005_one_report"


def to(migration: str) -> None:
    call_command("migrate", "accounts", migration, verbosity=0)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    call_command("migrate", "accounts", verbosity=0)


def test_a_report_survives_the_way_to_one_place_and_back_and_stands_there_once() -> None:
    ctx = make_ctx()
    old, new, whole = (accounts.start_bulk_job(ctx, verb="orders.hold", arguments={}, total=1200).id for _ in range(3))
    lines = [{"key": f"#{n}", "problem": "No"} for n in range(1200)]
    accounts.advance_bulk_job(ctx, id=new, done=0, failures=lines)
    to(BEFORE)
    assert [kept(job)[:2] for job in (old, new)] == [[], lines[:2]]
    assert len(kept(new)) == 1000
    # A job from before reports were whole: its lines stand in the job alone.
    told = db.as_json(lines[:3])
    db.execute("UPDATE accounts_bulkjob SET report = %s::jsonb, failed = 3 WHERE id = %s", [told, old])
    for _ in range(2):
        to(AFTER)
        assert [report(ctx, job) for job in (old, new, whole)] == [lines[:3], lines, []]
        to(BEFORE)
        assert kept(old) == lines[:3]


def kept(job_id: int) -> list[dict[str, str]]:
    """What the versions before kept in the job."""
    found: list[dict[str, str]] = json.loads(db.scalar("SELECT report FROM accounts_bulkjob WHERE id = %s", [job_id]))
    return found


def report(ctx: Ctx, job_id: int) -> list[dict[str, str]]:
    return [failure.line for failure in queries.failures_of_bulk_job(ctx, job_id=job_id)]
