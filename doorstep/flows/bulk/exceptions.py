"""Parcels that need a person: done, waited with until tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from doorstep.base.ctx import Ctx
from doorstep.flows import exceptions
from doorstep.flows.bulk.values import Verb, Wished, every
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries


def _names(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    rows = queries.tasks_by_id(ctx, ids=ids)
    return {
        row.id: str(row.facts.get("number") or row.facts.get("order") or f"#{row.id}")
        for row in rows
        if row.kind in exceptions.KINDS and row.state == "open"
    }


def _done(ctx: Ctx, wished: Wished, id: int) -> None:
    tasks.end(ctx, task_id=id, outcome=wished.note)


def _wait(ctx: Ctx, wished: Wished, id: int) -> None:  # noqa: ARG001
    tasks.put_off(ctx, task_id=id, until=ctx.now + timedelta(days=1))


VERBS = (
    Verb("exceptions.done", "fulfilment:write", _names, every, _done),
    Verb("exceptions.wait", "fulfilment:write", _names, every, _wait),
)
