"""What was decided about how much of the stock channels are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels import events, listings, queries
from doorstep.channels.exposure import MOST_SHOWN, PLAIN, Rule
from doorstep.locations import queries as locations

Rules = Mapping[tuple[int, int | None], Rule]
_RULE = "buffer, share_pct, most, excluded, places, sized_by_sales, apart"


@transaction.atomic
def set_rule(ctx: Ctx, *, connection_id: int, rule: Rule, listing_id: int | None = None) -> None:
    """Decides how much of the stock a listing, or a whole connection, is shown.

    Emits: ListingRuleChanged.  Refuses: numbers out of range, unknown ids, of locations as well.
    """
    bounds = (("buffer", rule.buffer, MOST_SHOWN), ("share_pct", rule.share_pct, 100), ("most", rule.most, MOST_SHOWN))
    for field, value, most in bounds:
        if value is not None and not 0 <= value <= most:
            raise Refused(INVALID, {"field": field, "problem": gettext_noop("This is out of range.")})
    if listing_id is not None and listings.lock(ctx, listing_id=listing_id).connection_id != connection_id:
        raise Refused(INVALID, {"field": "listing_id", "problem": gettext_noop("The listing is of another connection.")})
    queries.get(ctx, connection_id=connection_id)
    if set(rule.places or ()) - {row.id for row in locations.list_locations(ctx)}:
        raise Refused(INVALID, {"field": "places", "problem": gettext_noop("One of these is no location of yours.")})
    was = rules_of(ctx, connection_ids=[connection_id]).get((connection_id, listing_id), Rule())
    db.execute(
        f"""INSERT INTO channels_exposurerule (organisation_id, connection_id, listing_id, {_RULE})
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (organisation_id, connection_id, listing_id) DO UPDATE SET
                ({_RULE}) = (EXCLUDED.buffer, EXCLUDED.share_pct, EXCLUDED.most, EXCLUDED.excluded, EXCLUDED.places,
                             EXCLUDED.sized_by_sales, EXCLUDED.apart)""",
        [
            ctx.organisation_id, connection_id, listing_id, rule.buffer, rule.share_pct, rule.most, rule.excluded,
            None if rule.places is None else list(rule.places), rule.sized_by_sales, rule.apart,
        ],
    )  # fmt: skip
    if was != rule:
        data: dict[str, object] = {"listing_id": listing_id, "was": asdict(was), "is": asdict(rule)}
        queries.CONNECTIONS.record(ctx, events.LISTING_RULE_CHANGED, id=connection_id, data=data)


def rules_of(ctx: Ctx, *, connection_ids: Sequence[int]) -> dict[tuple[int, int | None], Rule]:
    """What was decided.  Shapes: by (connection id, listing id), of a whole connection under None."""
    found = db.dicts(
        f"""SELECT connection_id, listing_id, {_RULE} FROM channels_exposurerule
             WHERE organisation_id = %s AND connection_id = ANY(%s)""",
        [ctx.organisation_id, list(connection_ids)],
    )
    return {
        (line.pop("connection_id"), line.pop("listing_id")): Rule(
            **(line | {"places": None if line["places"] is None else tuple(line["places"])})
        )
        for line in found
    }


def rule_for(rules: Rules, *, connection_id: int, listing_id: int) -> Rule:
    """What holds for one listing: its own, else its connection's, else everything is shown."""
    own, common = rules.get((connection_id, listing_id), Rule()), rules.get((connection_id, None), Rule())
    return own.over(common.over(PLAIN))


def rule_of_connection(ctx: Ctx, *, connection_id: int) -> Rule:
    """What was decided for a whole connection.  Refuses: unknown ids."""
    queries.get(ctx, connection_id=connection_id)
    return rules_of(ctx, connection_ids=[connection_id]).get((connection_id, None), Rule())
