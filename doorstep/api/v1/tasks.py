"""Tasks: what waits for a person's decision, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router
from pydantic import StrictBool, StrictStr

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.people import find_member
from doorstep.api.v1.shapes import BIGGEST_ID, Cursor, Id, IdField, In, Limit, Out, text
from doorstep.api.v1.translate import Mistakes
from doorstep.tasks import actions, queries
from doorstep.tasks.queries import TaskFilter
from doorstep.tasks.values import TaskRow

router = Router(tags=["Tasks"])
State = Literal["all", "open", "done", "dropped"]
Kind = Annotated[str, Query(max_length=40, description="Only tasks of this kind.")]
Assignee = Annotated[int, Query(ge=0, le=BIGGEST_ID, description="Only tasks of the person with this user id.")]
MOST_OUTCOME = 2000


class TaskOut(Out):
    """`subject`: what it is about, as `kind:id`; `timeline`: on whose page it is told. `facts`: what its sentence names."""

    id: int
    kind: str
    subject: str
    timeline: str
    facts: dict[str, Any]
    state: Literal["open", "done", "dropped"]
    assignee_id: int | None
    due_at: datetime | None
    outcome: str
    created_at: datetime
    ended_at: datetime | None


class TasksOut(Out):
    tasks: list[TaskOut]
    next: str | None


class TaskAssignIn(In):
    """`assignee_id`: the user id of somebody on the staff; null gives it to nobody."""

    assignee_id: IdField | None


class TaskEndIn(In):
    """`dropped`: it was not worth doing. `outcome`: what came of it."""

    dropped: StrictBool = False
    outcome: Annotated[StrictStr, text(MOST_OUTCOME)] = ""


def _shown(row: TaskRow) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in TaskOut.model_fields if name != "assignee_id"}
    return plain | {"assignee_id": row.owner_id}


@operation(router, "GET", "/tasks", scope="orders:read", answers={200: TasksOut})
def list_tasks(
    request: Asked, state: State = "open", kind: Kind = "", assignee_id: Assignee = 0, cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:  # fmt: skip
    """Tasks, newest first."""
    where = TaskFilter("" if state == "all" else state, kind, assignee_id)
    rows = queries.list_tasks(request.ctx, where=where, before=paging.by_id(cursor, "tasks"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="tasks", key=lambda row: (row.id,))
    return {"tasks": [_shown(row) for row in shown], "next": following}


@operation(router, "GET", "/tasks/{task_id}", scope="orders:read", answers={200: TaskOut})
def get_task(request: Asked, task_id: Id) -> dict[str, Any]:
    """One task, open or over."""
    return _shown(queries.get(request.ctx, task_id=task_id))


@operation(router, "POST", "/tasks/{task_id}/assign", scope="orders:write", answers={200: TaskOut})
def assign_task(request: Asked, task_id: Id, given: TaskAssignIn) -> dict[str, Any]:
    """Gives an open task to somebody on the staff, or to nobody."""
    queries.get(request.ctx, task_id=task_id)
    person = find_member(request.ctx, given.assignee_id)
    actions.assign(request.ctx, task_id=task_id, owner_id=person.user_id if person else None)
    return _shown(queries.get(request.ctx, task_id=task_id))


@operation(router, "POST", "/tasks/{task_id}/end", scope="orders:write", answers={200: TaskOut})
def end_task(request: Asked, task_id: Id, given: TaskEndIn) -> dict[str, Any]:
    """Says that a task is done, or dropped as not worth doing, and what came of it."""
    wrong = Mistakes()
    outcome = wrong.text("/outcome", given.outcome, longest=MOST_OUTCOME, lines=True)
    wrong.refuse()
    actions.end(request.ctx, task_id=task_id, outcome=outcome, dropped=given.dropped)
    return _shown(queries.get(request.ctx, task_id=task_id))
