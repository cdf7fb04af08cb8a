"""Routing: the ranked rules, their versions and draft, replays of past orders, and why each order went where it went."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Path, Router

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.routing_shapes import (
    DecisionsOut,
    DiscardedOut,
    ReplayIn,
    ReplayOut,
    ReplaysOut,
    RoutingDraftIn,
    RoutingDraftOut,
    RoutingFieldsOut,
    RoutingPublishIn,
    RoutingRulesOut,
    RoutingVersionsOut,
)
from doorstep.api.v1.shapes import INT4, Cursor, Id, Limit
from doorstep.api.v1.translate import Mistakes
from doorstep.base import conditions
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows import replay as flow
from doorstep.flows.replay import Options
from doorstep.orders import queries as orders
from doorstep.routing import actions, queries, replays
from doorstep.routing.ruling import applying, parsing
from doorstep.routing.ruling.kinds import FIELDS, RuleSet
from doorstep.routing.values import DecisionRow, ReplayRow, RulesRow

router = Router(tags=["Routing"])
Version = Annotated[int, Path(ge=0, le=INT4, description="0 is the one that every brand begins with.")]


def _rules(rules: RuleSet) -> list[dict[str, Any]]:
    silent = applying.unheard(rules)
    return [
        {
            "id": rule.id, "kind": rule.kind.value, "strength": rule.strength.value, "name": rule.name, "on": rule.on,
            "when": dict(rule.when), "price_minor": rule.price_minor, "locations": list(rule.locations), "days": rule.days,
            "km": rule.km, "parcels": rule.parcels, "skus": list(rule.skus), "categories": list(rule.categories),
            "carrier": rule.carrier, "unheard": rule.id in silent,
        }
        for rule in rules.rules
    ]  # fmt: skip


def _version(row: RulesRow, *, newest: int) -> dict[str, Any]:
    rules = parsing.parse(row.rules)
    return {
        "version": row.version, "in_force": row.version == newest, "rules": _rules(rules), "most_over_minor": rules.most_over_minor,
        "note": row.note, "by": row.by, "published_at": row.published_at,
    }  # fmt: skip


@operation(router, "GET", "/routing/rules", scope="settings:read", answers={200: RoutingRulesOut})
def get_routing_rules(request: Asked) -> dict[str, Any]:
    """The rules in force, from first to last."""
    row = queries.rules_in_force(request.ctx)
    return _version(row, newest=row.version)


@operation(router, "GET", "/routing/rules/fields", scope="settings:read", answers={200: RoutingFieldsOut})
def list_routing_fields(request: Asked) -> dict[str, Any]:  # noqa: ARG001  # the same for everybody
    """What the condition of a rule can ask about, and how."""
    fields = [
        {"name": field.name, "kind": field.kind, "choices": list(field.choices),
         "operators": list(conditions.OPERATORS[field.kind])}
        for field in FIELDS.values()
    ]  # fmt: skip
    return {"fields": fields, "next": None}


@operation(router, "GET", "/routing/rules/draft", scope="settings:read", answers={200: RoutingDraftOut})
def get_routing_draft(request: Asked) -> dict[str, Any]:
    """The rules that are being written; nothing is routed by them. `not_found` where there are none."""
    draft = queries.find_draft(request.ctx)
    if draft is None:
        raise Refused(NOT_FOUND, {"what": "draft", "key": "rules"})
    live, rules = parsing.parse(queries.rules_in_force(request.ctx).rules), parsing.parse(draft.rules)
    return {
        "edition": draft.edition, "based_on": draft.based_on, "rules": _rules(rules), "most_over_minor": rules.most_over_minor,
        "differences": parsing.differences(live, rules), "by": draft.by, "updated_at": draft.updated_at,
    }  # fmt: skip


@operation(router, "PUT", "/routing/rules/draft", scope="settings:write", answers={200: RoutingDraftOut})
def save_routing_draft(request: Asked, given: RoutingDraftIn) -> dict[str, Any]:
    """Keeps rules as the draft; what is in force stays. One that somebody saved meanwhile is not overwritten: `lost_race`. A rule
    that makes no sense is refused with its path."""
    rules = {"rules": [rule.model_dump() for rule in given.rules], "most_over_minor": given.most_over_minor}
    actions.save_draft(request.ctx, rules=rules, edition=given.edition)
    return get_routing_draft(request)


@operation(router, "POST", "/routing/rules/draft/discard", scope="settings:write", answers={200: DiscardedOut})
def discard_routing_draft(request: Asked) -> dict[str, Any]:
    """Throws the draft away."""
    return {"discarded": actions.drop_draft(request.ctx)}


@operation(router, "POST", "/routing/rules/draft/publish", scope="settings:write", answers={200: RoutingRulesOut})
def publish_routing_rules(request: Asked, given: RoutingPublishIn) -> dict[str, Any]:
    """Switches the draft on: what is routed from now on goes by it, orders that have their place keep it."""
    wrong = Mistakes()
    note = wrong.text("/note", given.note, longest=500)
    wrong.refuse()
    version = actions.publish(request.ctx, edition=given.edition, note=note)
    return _version(queries.get_rules(request.ctx, version=version), newest=version)


@operation(router, "GET", "/routing/rules/versions", scope="settings:read", answers={200: RoutingVersionsOut})
def list_routing_versions(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Every version of the rules, newest first; 0 is the one that every brand begins with."""
    newest = queries.rules_in_force(request.ctx)
    rows = queries.list_rules(request.ctx, before=paging.by_id(cursor, "routing_rules"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="routing_rules", key=lambda row: (row.version,))
    return {"versions": [_version(row, newest=newest.version) for row in shown], "next": following}


@operation(router, "GET", "/routing/rules/versions/{version}", scope="settings:read", answers={200: RoutingRulesOut})
def get_routing_version(request: Asked, version: Version) -> dict[str, Any]:
    """One version of the rules as it was switched on."""
    newest = queries.rules_in_force(request.ctx)
    return _version(queries.get_rules(request.ctx, version=version), newest=newest.version)


def _replay(row: ReplayRow) -> dict[str, Any]:
    return {
        "id": row.id, "state": row.state, **{name: row.options[name] for name in ("days", "without", "stocked")},
        "total": row.total, "done": row.done, "by": row.by, "asked_at": row.asked_at,
        "finished_at": row.finished_at, "result": row.result or None,
    }  # fmt: skip


@operation(router, "POST", "/routing/replays", scope="settings:write", answers={202: ReplayOut})
def start_routing_replay(request: Asked, given: ReplayIn) -> tuple[int, dict[str, Any]]:
    """Replays past orders by the draft, else by the rules in force, beside what was done. A small replay is over when this answers;
    of another, ask `GET /routing/replays/{replay_id}` again."""
    draft = queries.find_draft(request.ctx)
    rules = parsing.parse(draft.rules if draft else queries.rules_in_force(request.ctx).rules)
    options = Options(given.days, tuple(given.without), tuple(given.stocked))
    id = flow.start(request.ctx, rules=rules, options=options)
    return 202, _replay(replays.get(request.ctx, replay_id=id))


@operation(router, "GET", "/routing/replays", scope="settings:read", answers={200: ReplaysOut})
def list_routing_replays(request: Asked, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Replays, newest first, without their results."""
    rows = replays.list_replays(request.ctx, before=paging.by_id(cursor, "routing_replays"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="routing_replays", key=lambda row: (row.id,))
    return {"replays": [_replay(row) for row in shown], "next": following}


@operation(router, "GET", "/routing/replays/{replay_id}", scope="settings:read", answers={200: ReplayOut})
def get_routing_replay(request: Asked, replay_id: Id) -> dict[str, Any]:
    """One replay: how far it is, and what came of it."""
    return _replay(replays.get(request.ctx, replay_id=replay_id))


@operation(router, "GET", "/orders/{order_id}/routing", scope="orders:read", answers={200: DecisionsOut})
def list_routing_decisions(request: Asked, order_id: Id) -> dict[str, Any]:
    """Why an order went where it went, or why nobody sends it: every decision about it, newest first, with what was weighed."""
    orders.get(request.ctx, id=order_id)
    return {"decisions": [_decision(row) for row in queries.decisions_of(request.ctx, order_id=order_id)], "next": None}


def _decision(row: DecisionRow) -> dict[str, Any]:
    plan = row.plan
    costs = ("ship", "handling", "late", "capacity", "penalty", "worth")
    return {
        "id": row.id, "fulfilment_order_id": row.fulfilment_order_id, "decided_at": row.decided_at, "level": row.level,
        "rules_version": row.rules_version, "why": plan.get("why", ""), "took_us": row.took_us,
        **{name: plan.get(name) for name in ("currency", "total", "paid", "split")}, "kept_back": plan.get("kept_back", False),
        "parcels": [
            {"location_id": part["location_id"], "units": part["units"], "weight_g": part.get("weight_g", 0)}
            | {name: part.get(name, 0.0) for name in costs}
            for part in plan.get("parts", [])
        ],
        "others": plan.get("others", []), "considered": [_place(one) for one in row.considered],
    }  # fmt: skip


def _place(one: dict[str, Any]) -> dict[str, Any]:
    known = {"location_id": one["location_id"], "distance_km": one.get("distance_km"), "complete": one.get("complete", False)}
    rest = {name: one.get(name) for name in ("rule", "leaves", "arrives", "used", "capacity", "cost")}
    return known | rest | {"missing": one.get("missing", []), "excluded": one.get("excluded", False)}
