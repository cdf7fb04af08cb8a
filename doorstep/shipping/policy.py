"""How a brand wants its services chosen and its addresses checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.shipping import events, queries
from doorstep.shipping.choosing import Wishes
from doorstep.shipping.queries import CARRIERS

LONGEST_PROMISE, WEEKEND = 60, 5


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """`never`: (carrier id, service) pairs.  `promise_days`: working days after the order, None without a promise."""

    never: frozenset[tuple[int, str]] = frozenset()
    hold_addresses: bool = False
    ask_carrier_id: int | None = None
    void_unused: bool = True
    promise_days: int | None = None

    def promised_on(self, placed_on: date) -> date | None:
        """The day by which an order is to arrive; Saturdays and Sundays do not count."""
        if self.promise_days is None:
            return None
        day, left = placed_on, self.promise_days
        while left > 0 or day.weekday() >= WEEKEND:
            day += timedelta(days=1)
            left -= day.weekday() < WEEKEND
        return day


def find(ctx: Ctx) -> PolicyRow:
    """The brand's policy; what nobody set is as it comes."""
    found = db.dicts(
        """SELECT never, hold_addresses, ask_carrier_id, void_unused, promise_days FROM shipping_policy
            WHERE organisation_id = %s""",
        [ctx.organisation_id],
    )
    if not found:
        return PolicyRow()
    line: dict[str, Any] = found[0]
    never = frozenset((int(one["carrier_id"]), str(one["service"])) for one in line["never"] or ())
    return PolicyRow(never, line["hold_addresses"], line["ask_carrier_id"], line["void_unused"], line["promise_days"])


def wishes(ctx: Ctx) -> Wishes:
    """What is wanted of a choice: the carrier preferred last, if any, and what is never bought."""
    first = db.column(
        """SELECT id FROM shipping_carrier WHERE organisation_id = %s AND active AND preferred_at IS NOT NULL
            ORDER BY preferred_at DESC LIMIT 1""",
        [ctx.organisation_id],
    )
    return Wishes(find(ctx).never, first[0] if first else None)


@transaction.atomic
def save(ctx: Ctx, *, policy: PolicyRow) -> None:
    """Sets the brand's policy, for labels bought from now on.  Refuses: days out of bounds, unknown carriers."""
    if policy.promise_days is not None and not 0 <= policy.promise_days <= LONGEST_PROMISE:
        raise Refused(INVALID, {"field": "promise_days", "problem": gettext_noop("Between 0 and 60 days, or empty.")})
    known = {row.id for row in queries.list_carriers(ctx)}
    if policy.ask_carrier_id is not None:
        queries.get_carrier(ctx, carrier_id=policy.ask_carrier_id)
    never = [{"carrier_id": c, "service": s[:80]} for c, s in sorted(policy.never) if c in known]
    db.execute(
        """INSERT INTO shipping_policy (organisation_id, never, hold_addresses, ask_carrier_id, void_unused, promise_days,
                                        updated_at)
           VALUES (%s, %s::jsonb, %s, %s, %s, %s, %s)
           ON CONFLICT (organisation_id) DO UPDATE SET never = excluded.never, hold_addresses = excluded.hold_addresses,
              ask_carrier_id = excluded.ask_carrier_id, void_unused = excluded.void_unused,
              promise_days = excluded.promise_days, updated_at = excluded.updated_at""",
        [
            ctx.organisation_id, db.as_json(never), policy.hold_addresses, policy.ask_carrier_id, policy.void_unused,
            policy.promise_days, ctx.now,
        ],
    )  # fmt: skip


@transaction.atomic
def set_reach(ctx: Ctx, *, carrier_id: int, location_ids: Collection[int], delivers: int) -> None:
    """Says where a carrier collects (nowhere named: everywhere) and on which days it moves (bits).  Emits: CarrierChanged."""
    if not 0 < delivers < 128:
        raise Refused(INVALID, {"field": "delivers", "problem": gettext_noop("At least one day of the week.")})
    row = CARRIERS.lock(ctx, id=carrier_id)
    ids = sorted(set(location_ids)) or None
    if (row.location_ids or None, row.delivers) == (ids, delivers):
        return
    db.execute(
        "UPDATE shipping_carrier SET location_ids = %s::jsonb, delivers = %s WHERE organisation_id = %s AND id = %s",
        [db.as_json(ids) if ids else None, delivers, ctx.organisation_id, carrier_id],
    )
    CARRIERS.record(ctx, events.CARRIER_CHANGED, id=carrier_id, data={"name": row.name})
