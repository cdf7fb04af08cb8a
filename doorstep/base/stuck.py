"""Events whose flows failed so often that they wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event, Happened

MOST_ATTEMPTS = 20
TRIED_AGAIN = "event.tried_again"
_STUCK = f"organisation_id = %s AND attempts >= {MOST_ATTEMPTS} AND NOT pending"


@dataclass(frozen=True, slots=True)
class Stuck:
    """An event and what its flow broke at."""

    event: Event
    problem: str


def count(ctx: Ctx) -> int:
    """How many events wait for a person."""
    return int(db.scalar(f"SELECT count(*) FROM base_event WHERE {_STUCK}", [ctx.organisation_id]))


def find(ctx: Ctx, *, limit: int) -> list[Stuck]:
    """The oldest events that wait for a person."""
    lines = db.dicts(
        f"SELECT {outbox.COLUMNS}, problem FROM base_event WHERE {_STUCK} ORDER BY id LIMIT %s",
        [ctx.organisation_id, limit],
    )
    return [Stuck(problem=line.pop("problem"), event=Event(**line)) for line in lines]


@transaction.atomic
def try_again(ctx: Ctx, *, ids: Sequence[int]) -> int:
    """Gives events back to the dispatcher, with as many attempts as a new one; those that are not stuck stay as they are.

    Returns: how many.  Emits: `event.tried_again` on the timeline of each.
    """
    given_back = db.dicts(
        f"""UPDATE base_event SET pending = TRUE, attempts = 0, retry_at = NULL WHERE {_STUCK} AND id = ANY(%s)
           RETURNING id, type, timeline""",
        [ctx.organisation_id, list(ids)],
    )
    outbox.record(
        ctx, [Happened(TRIED_AGAIN, f"event:{e['id']}", e["timeline"], {"type": e["type"]}) for e in given_back]
    )
    return len(given_back)
