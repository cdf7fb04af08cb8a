"""Work is asked for once, ends once, and says what came of it."""

from __future__ import annotations

import pytest

from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.tasks import actions, queries
from doorstep.tasks.values import TaskDraft
from tests.factories import make_ctx

pytestmark = pytest.mark.django_db


def draft(key: str = "stalled:7", kind: str = "parcel_stalled", subject: str = "parcel:7") -> TaskDraft:
    return TaskDraft(key, kind, subject, "order:3", {"days": 4})


def test_asking_twice_makes_one_task_even_when_it_is_over() -> None:
    ctx = make_ctx()
    [id] = actions.create(ctx, tasks=[draft()])

    assert actions.create(ctx, tasks=[draft(), draft("stalled:8", subject="parcel:8")]) != [id]
    actions.end(ctx, task_id=id, outcome="The carrier found it.")
    assert actions.create(ctx, tasks=[draft()]) == []
    assert [t.subject for t in queries.list_open(ctx)] == ["parcel:8"]


def test_a_task_ends_once_and_says_what_came_of_it() -> None:
    ctx = make_ctx()
    [id] = actions.create(ctx, tasks=[draft()])
    actions.assign(ctx, task_id=id, owner_id=5)

    actions.end(ctx, task_id=id, outcome="Found.")

    with pytest.raises(Refused, match="task_over"):
        actions.end(ctx, task_id=id, outcome="Again.", dropped=True)
    with pytest.raises(Refused, match="task_over"):
        actions.assign(ctx, task_id=id, owner_id=6)
    [row] = queries.tasks_about(ctx, subjects=["parcel:7"])
    assert (row.state, row.outcome, row.owner_id, row.ended_at) == ("done", "Found.", 5, ctx.now)
    assert [e.type for e in outbox.timeline(ctx, of=["order:3"])] == ["task.done", "task.assigned", "task.created"]


def test_what_was_asked_for_happened_by_itself() -> None:
    ctx = make_ctx()
    actions.create(ctx, tasks=[draft(), draft("lost:7", kind="parcel_lost")])

    assert actions.settle(ctx, subject="parcel:7", kind="parcel_stalled", outcome="It moves again.") == 1
    assert [t.kind for t in queries.list_open(ctx)] == ["parcel_lost"]
    assert queries.count_open(ctx) == 1


def test_a_stranger_finds_no_task() -> None:
    ctx, stranger = make_ctx(), make_ctx("Other")
    [id] = actions.create(ctx, tasks=[draft()])

    with pytest.raises(Refused, match="not_found"):
        actions.end(stranger, task_id=id, outcome="Mine.")
    assert queries.list_open(stranger) == []
    assert queries.count_open(ctx) == 1
