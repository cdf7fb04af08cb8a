"""Keeps the merchant's rules, and why each order went where it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import LOST_RACE, NOT_FOUND, Refused
from doorstep.routing import events, queries
from doorstep.routing.ruling import parsing
from doorstep.routing.values import Decided

SUBJECT = "routing_rules:0"  # a brand has one list of rules


@transaction.atomic
def keep_decisions(ctx: Ctx, *, decisions: Sequence[Decided], rules_version: int | None, policy: str = "rules") -> None:
    """Records routing decisions.  `policy`: "rules", "by_hand" or "batch"."""
    if not decisions:
        return
    lines: list[tuple[Any, ...]] = [
        (one.order_id, one.fulfilment_order_id, db.as_json(one.plan), db.as_json(one.considered), one.took_us, one.level)
        for one in decisions
    ]
    db.execute(
        """INSERT INTO routing_decision (organisation_id, order_id, fulfilment_order_id, policy, plan, considered, decided_at,
                                         took_us, rules_version, level)
           SELECT %s, u.o, u.f, %s, u.p::jsonb, u.c::jsonb, %s, u.t, %s, u.l
             FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::int[], %s::text[]) u(o, f, p, c, t, l)""",
        [ctx.organisation_id, policy, ctx.now, rules_version, *db.columns(lines, 6)],
    )


@transaction.atomic
def save_draft(ctx: Ctx, *, rules: Mapping[str, Any], edition: int) -> int:
    """Keeps the rules that somebody writes; what is in force stays as it is.  Returns: the new edition.

    `edition`: the one that was seen, 0 where there was no draft.  Locks: the brand's rules.  Emits: RulesSaved.
    Refuses: what are no rules, and a draft that somebody else saved meanwhile.
    """
    read = parsing.parse(dict(rules))
    _lock(ctx)
    draft = queries.find_draft(ctx)
    if edition != (draft.edition if draft else 0):
        raise Refused(LOST_RACE, {"what": "draft"})
    live = queries.rules_in_force(ctx)
    form = parsing.as_json(read)
    saved: int = db.scalar(
        """INSERT INTO routing_rulesdraft AS d (organisation_id, rules, edition, based_on, by, updated_at)
           VALUES (%s, %s::jsonb, %s, %s, %s, %s)
           ON CONFLICT (organisation_id) DO UPDATE
              SET rules = EXCLUDED.rules, edition = EXCLUDED.edition, based_on = d.based_on, by = EXCLUDED.by,
                  updated_at = EXCLUDED.updated_at
           RETURNING edition""",
        [
            ctx.organisation_id, db.as_json(form), max(edition + 1, int(ctx.now.timestamp())), live.version, ctx.actor.name[:120],
            ctx.now,
        ],
    )  # fmt: skip
    outbox.record(ctx, [Happened(events.RULES_SAVED, SUBJECT, SUBJECT, {"edition": saved})])
    return saved


@transaction.atomic
def drop_draft(ctx: Ctx) -> bool:
    """Throws the draft away.  Returns: whether there was one.  Locks: the brand's rules.  Emits: RulesDropped."""
    _lock(ctx)
    dropped = bool(db.execute("DELETE FROM routing_rulesdraft WHERE organisation_id = %s", [ctx.organisation_id]))
    if dropped:
        outbox.record(ctx, [Happened(events.RULES_DROPPED, SUBJECT, SUBJECT, {})])
    return dropped


@transaction.atomic
def publish(ctx: Ctx, *, edition: int, note: str = "") -> int:
    """Switches the draft on: what is routed from now on goes by it; orders that have their place keep it.

    Returns: its version.  Locks: the brand's rules.  Emits: RulesPublished.
    Refuses: no draft, one that was saved anew since it was seen, one that was begun before the rules in force were switched on.
    """
    _lock(ctx)
    draft = queries.find_draft(ctx)
    if draft is None:
        raise Refused(NOT_FOUND, {"what": "draft", "key": edition})
    if draft.edition != edition or draft.based_on != queries.rules_in_force(ctx).version:
        raise Refused(LOST_RACE, {"what": "draft"})
    version = _publish(ctx, draft.rules, note)
    db.execute("DELETE FROM routing_rulesdraft WHERE organisation_id = %s", [ctx.organisation_id])
    return version


@transaction.atomic
def put_back(ctx: Ctx, *, version: int) -> int:
    """Makes a draft of an earlier version, in place of the draft there was.  Returns: its edition.  Refuses: unknown versions."""
    row = queries.get_rules(ctx, version=version)
    draft = queries.find_draft(ctx)
    return save_draft(ctx, rules=row.rules, edition=draft.edition if draft else 0)


def _publish(ctx: Ctx, form: Mapping[str, Any], note: str) -> int:
    version: int = db.scalar(
        """INSERT INTO routing_rulesversion (organisation_id, version, rules, note, by, published_at)
           SELECT %s, COALESCE(max(version), 0) + 1, %s::jsonb, %s, %s, %s FROM routing_rulesversion
            WHERE organisation_id = %s RETURNING version""",
        [ctx.organisation_id, db.as_json(dict(form)), note, ctx.actor.name[:120], ctx.now, ctx.organisation_id],
    )
    outbox.record(ctx, [Happened(events.RULES_PUBLISHED, SUBJECT, SUBJECT, {"version": version, "note": note})])
    return version


def _lock(ctx: Ctx) -> None:
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"routing_rules:{ctx.organisation_id}"])
