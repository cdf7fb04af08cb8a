"""Orders that waited a few milliseconds for one another are taken in together: one transaction, an answer for each.

It holds no transaction over anything but the database, and knows nothing of HTTP but statuses and headers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

import msgspec
from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected, FeatureNotSupported, InvalidSqlStatementName, ProgramLimitExceeded

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import BAD_KEY, ApiKey
from doorstep.api import keys, troubles
from doorstep.api.v1.orders import told_orders
from doorstep.base import db, idempotency, problems
from doorstep.base.ctx import Ctx
from doorstep.base.idempotency import Wish
from doorstep.base.refusals import Refused
from doorstep.flows import intake
from doorstep.orders.placing import Accepted, NotAccepted
from doorstep.orders.placing import Answer as Outcome
from doorstep.orders.values import OrderDraft

SCOPE = "orders:write"
LOCKED_FOR = "2s"  # each row; orders of other brands wait behind these
OF_ONE_ORDER = (DeadlockDetected, ProgramLimitExceeded)
OF_OLD_PLANS = (FeatureNotSupported, InvalidSqlStatementName)
JSON = "application/json; charset=utf-8"
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that was read and waits to be taken in. `wish`: what its sender knows it by, should it come again."""

    key: ApiKey
    draft: OrderDraft
    language: str
    trace: str
    wish: Wish | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, ready to go."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def take(waiting: Sequence[Waiting], *, now: datetime) -> list[Said]:
    """Takes orders in; those of one key share a transaction.  Shapes: one answer per order, in order.

    Whatever goes wrong is an answer: an order that PostgreSQL will not have spoils none of its neighbours.
    """
    answers: dict[int, Said] = {}
    by_key = sorted(range(len(waiting)), key=lambda i: waiting[i].key.id)
    for _, places in groupby(by_key, key=lambda i: waiting[i].key.id):
        mine = list(places)
        answers |= zip(mine, _take_of_one_key([waiting[i] for i in mine], now), strict=True)
    return [answers[i] for i in range(len(waiting))]


def _take_of_one_key(waiting: Sequence[Waiting], now: datetime, *, again: bool = False) -> list[Said]:
    try:
        with transaction.atomic(), db.pipelined():
            db.send("SELECT set_config('lock_timeout', %s, true)", [LOCKED_FOR])
            return _in_one_go(waiting, now)
    except Exception as trouble:  # noqa: BLE001  # said to each sender, and logged where it is our fault
        if isinstance(trouble.__cause__, OF_OLD_PLANS) and not again:  # a table was changed meanwhile
            return _take_of_one_key(waiting, now, again=True)
        if len(waiting) == 1 or _is_no_use(trouble):
            return [problem(one, troubles.refusal_of(trouble, trace=one.trace)) for one in waiting]
    return [said for one in waiting for said in _take_of_one_key([one], now)]


def _is_no_use(trouble: Exception) -> bool:
    """Whether it is no use to ask again order by order: the database is gone, or somebody holds a row for very long."""
    return isinstance(trouble, OperationalError) and not isinstance(trouble.__cause__, OF_ONE_ORDER)


def _in_one_go(waiting: Sequence[Waiting], now: datetime) -> list[Said]:
    key = accounts.living_keys(ids=[waiting[0].key.id]).get(waiting[0].key.id)
    if key is None:
        raise Refused(BAD_KEY)
    keys.require(key, SCOPE)
    ctx = keys.ctx_of(key, now=now, trace=waiting[0].trace)
    before = _before(ctx, waiting)
    fresh = [one for one, said in zip(waiting, before, strict=True) if said is None]
    drafts = [one.draft for one in fresh]
    outcomes = intake.accept(ctx, drafts) if drafts else []
    told = told_orders(ctx, drafts, outcomes)
    now_said = [_said(one, outcome, document) for one, outcome, document in zip(fresh, outcomes, told, strict=True)]
    _keep(ctx, fresh, now_said)
    rest = iter(now_said)
    return [said or next(rest) for said in before]


def _before(ctx: Ctx, waiting: Sequence[Waiting]) -> list[Said | None]:
    """What these orders were answered when they came before under the same key; None for those still to be done."""
    wishes = [one.wish for one in waiting if one.wish is not None]
    known = iter(idempotency.begin_all(ctx, wishes))
    return [_again(one, next(known)) if one.wish is not None else None for one in waiting]


def _again(one: Waiting, found: idempotency.Answer | Refused | None) -> Said | None:
    if isinstance(found, Refused):
        return problem(one, found)
    return Said(found.status, found.body, found.content_type, {"Idempotent-Replayed": "true"}) if found else None


def _keep(ctx: Ctx, fresh: Sequence[Waiting], said: Sequence[Said]) -> None:
    kept = [
        (one.wish, idempotency.Answer(answer.status, answer.body, answer.content_type))
        for one, answer in zip(fresh, said, strict=True)
        if one.wish is not None and answer.status < 400
    ]
    if kept:
        idempotency.keep(ctx, kept)


def _said(one: Waiting, outcome: Outcome, document: object) -> Said:
    if isinstance(outcome, NotAccepted):
        return problem(one, Refused(outcome.refusal, outcome.facts))
    return Said(201 if isinstance(outcome, Accepted) else 200, encode(document), JSON)


def problem(one: Waiting, refused: Refused) -> Said:
    """A refusal as it goes to its sender."""
    return problem_of(refused, language=one.language, trace=one.trace)


def problem_of(refused: Refused, *, language: str, trace: str) -> Said:
    """A refusal as it goes over the wire."""
    body = problems.body_of(refused, language=language, trace=trace)
    headers = {"Content-Language": language, "Vary": "Accept-Language, Authorization"} | troubles.hints(refused)
    return Said(refused.refusal.status, body, problems.CONTENT_TYPE, headers)
