"""Reads of routing."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.orders.values import HoldReason
from doorstep.routing import exclusions, prices, rules
from doorstep.routing.ruling import parsing
from doorstep.routing.ruling.kinds import default_rules
from doorstep.routing.values import DecisionRow, DraftRow, Lacking, RulesRow, SeenRow, Worths
from doorstep.stock import queries as stock


def decisions_of(ctx: Ctx, *, order_id: int) -> list[DecisionRow]:
    """Every routing decision of an order, newest first."""
    return decisions_of_orders(ctx, order_ids=[order_id])


def decisions_of_orders(ctx: Ctx, *, order_ids: Sequence[int]) -> list[DecisionRow]:
    """Every routing decision of these orders, newest first."""
    return db.rows(
        DecisionRow,
        """SELECT d.* FROM unnest(%s::bigint[]) o(id)
            CROSS JOIN LATERAL (SELECT id, order_id, policy, plan, considered, decided_at, took_us, fulfilment_order_id,
                                       rules_version, level FROM routing_decision WHERE organisation_id = %s AND order_id = o.id) d
            ORDER BY d.id DESC""",
        [list(order_ids), ctx.organisation_id],
    )


def first_decisions(ctx: Ctx, *, order_ids: Sequence[int]) -> list[SeenRow]:
    """The first decision by rules about every part of these orders, oldest first, with what it saw."""
    return db.rows(
        SeenRow,
        """SELECT * FROM (
             SELECT DISTINCT ON (d.fulfilment_order_id) d.id, d.order_id, d.fulfilment_order_id, d.decided_at,
                    d.plan->'parts' AS parts, COALESCE(d.plan->'seen', '{}') AS seen,
                    ARRAY(SELECT (place->>'location_id')::bigint FROM jsonb_array_elements(d.considered) place
                           WHERE place ? 'excluded') AS shut
               FROM routing_decision d
              WHERE d.organisation_id = %s AND d.order_id = ANY(%s::bigint[]) AND d.rules_version IS NOT NULL
                AND d.fulfilment_order_id IS NOT NULL
              ORDER BY d.fulfilment_order_id, d.id) first ORDER BY id""",
        [ctx.organisation_id, list(order_ids)],
    )


def worths(ctx: Ctx, *, variant_ids: Sequence[int]) -> Worths:
    """What units of these variants are worth to later orders."""
    found = prices.worths_of(ctx, variant_ids=variant_ids)
    priced = {row.variant_id for row in found if row.worth}
    return Worths(
        {(row.variant_id, row.location_id): row.worth for row in found if row.variant_id in priced},
        frozenset(row.variant_id for row in found if row.variant_id in priced and not row.seen),
    )


def rules_in_force(ctx: Ctx) -> RulesRow:
    """The newest version; before there is one, the rules that every brand begins with."""
    return list_rules(ctx, limit=1)[0]


def list_rules(ctx: Ctx, *, before: int | None = None, limit: int | None = None) -> list[RulesRow]:
    """The versions of the rules, newest first; those that every brand begins with are the last.

    Shapes: `before` is the version of the last row shown (keyset paging).
    """
    found = db.rows(
        RulesRow,
        """SELECT version, rules, note, by, published_at FROM routing_rulesversion
            WHERE organisation_id = %s AND (%s::bigint IS NULL OR version < %s) ORDER BY version DESC LIMIT %s""",
        [ctx.organisation_id, before, before, limit],
    )
    if before == 0 or (limit is not None and len(found) >= limit):
        return found
    return [*found, _first(ctx)]


def get_rules(ctx: Ctx, *, version: int) -> RulesRow:
    """One version of the rules as it was switched on.  Refuses: versions that never were."""
    if version == 0:
        return _first(ctx)
    found = db.one(
        RulesRow,
        """SELECT version, rules, note, by, published_at FROM routing_rulesversion
            WHERE organisation_id = %s AND version = %s""",
        [ctx.organisation_id, version],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "routing rules", "key": version})
    return found


def _first(ctx: Ctx) -> RulesRow:
    return RulesRow(0, parsing.as_json(default_rules(accounts.organisation(ctx).default_currency)))


def find_draft(ctx: Ctx) -> DraftRow | None:
    """The rules that somebody writes, where anybody does."""
    return db.one(
        DraftRow,
        "SELECT rules, edition, based_on, by, updated_at FROM routing_rulesdraft WHERE organisation_id = %s",
        [ctx.organisation_id],
    )


def lacking(ctx: Ctx, *, order_ids: Sequence[int]) -> list[Lacking]:
    """What orders that are held for stock wait for, and where units lie that may not serve them, as it is now.

    Units: whole units.  Shapes: by order, fulfilment order and variant; orders that wait for no stock are not among them.
    """
    parts = {part.id: part for part in orders.fulfilment_orders_of(ctx, order_ids=order_ids)}
    waits = [
        (parts[hold.fulfilment_order_id], short)
        for hold in orders.holds_of(ctx, fulfilment_order_ids=list(parts))
        if hold.reason == HoldReason.INVENTORY_OUT_OF_STOCK
        for short in hold.detail.get("short", [])
    ]
    if not waits:
        return []
    variant_ids = sorted({short["variant_id"] for _, short in waits})
    known = catalog.variants_by_id(ctx, ids=variant_ids)
    pool, levels = stock.pool_of(ctx, variant_ids=variant_ids), stock.levels_of(ctx, variant_ids=variant_ids)
    places = {at.id: at for at in locations.list_locations(ctx)}
    to = orders.destinations(ctx, order_ids=sorted({part.order_id for part, _ in waits}))
    shut = _shut(ctx, order_ids=list(to))
    found = []
    for part, short in waits:
        variant_id, country = short["variant_id"], to[part.order_id].country
        lying = [
            (places[row.location_id], row.promisable) for row in levels if row.variant_id == variant_id and row.promisable
        ]
        here, elsewhere = rules.within_reach(lying, country=country, shut=shut.get((part.order_id, variant_id), frozenset()))
        found.append(
            Lacking(
                part.order_id, part.id, variant_id, known[variant_id].sku, country, short["wanted"],
                max(min(here, pool[variant_id].available), 0), elsewhere,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.order_id, one.fulfilment_order_id, one.variant_id))


def _shut(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[tuple[int, int], frozenset[int]]:
    """The places that shall not send units of a variant to an order."""
    found: dict[tuple[int, int], set[int]] = {}
    for row in exclusions.of_orders(ctx, order_ids=order_ids):
        found.setdefault((row.order_id, row.variant_id), set()).add(row.location_id)
    return {key: frozenset(places) for key, places in found.items()}
