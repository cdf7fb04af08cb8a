"""Returns of the past: what a channel credited before Doorstep came, kept so that rates and histories count it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.orders import cancellations
from doorstep.orders import queries as orders
from doorstep.orders.cancellations import Linked
from doorstep.returns import actions, events

AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class _New:
    id: int
    number: int
    key: str
    order_id: int


def keep(ctx: Ctx, *, connection_id: int) -> int:
    """Makes a return of every credit of a connection whose sale is here: processed, without a stock effect, reason unknown.

    Whatever was kept before stays one; lines that found their sale since then join it.
    Returns: how many returns are new.  Locks: the counter of numbers.  Emits: ReturnImported.
    """
    linked = cancellations.linked_of(ctx, connection_id=connection_id)
    by_key: dict[str, list[Linked]] = {}
    for line in linked:
        by_key.setdefault(f"past:{connection_id}:{line.order_id}:{line.external_id}"[:80], []).append(line)
    made = 0
    keys = list(by_key)
    for start in range(0, len(keys), AT_ONCE):
        made += _keep(ctx, {key: by_key[key] for key in keys[start : start + AT_ONCE]})
    return made


@transaction.atomic
def _keep(ctx: Ctx, credits: dict[str, list[Linked]]) -> int:
    known = _ids(ctx, credits)
    new = [key for key in credits if key not in known]
    owners = orders.orders_by_id(ctx, ids=sorted({credits[key][0].order_id for key in new}))
    first = actions.next_numbers(ctx, count=len(new)) if new else 0
    rows = []
    for n, key in enumerate(new):
        line = credits[key][0]
        at = min(credit.at for credit in credits[key])
        rows.append((first + n, key, line.order_id, owners[line.order_id].customer_id, line.currency, at))
    made = _insert(ctx, rows)
    known |= {row.key: row.id for row in made}
    _insert_lines(ctx, {known[key]: lines for key, lines in credits.items()})
    units = {row.id: sum(line.qty for line in credits[row.key]) for row in made}
    outbox.record(
        ctx,
        [
            Happened(
                events.RETURN_IMPORTED,
                f"return:{row.id}",
                f"order:{row.order_id}",
                {"number": f"R{row.number}", "units": units[row.id]},
            )
            for row in made
        ],
    )
    return len(made)


def _ids(ctx: Ctx, keys: dict[str, list[Linked]]) -> dict[str, int]:
    found = db.dicts(
        "SELECT key, id FROM returns_return WHERE organisation_id = %s AND key = ANY(%s)",
        [ctx.organisation_id, list(keys)],
    )
    return {row["key"]: row["id"] for row in found}


def _insert(ctx: Ctx, rows: Sequence[tuple[int, str, int, int, str, datetime]]) -> list[_New]:
    return db.rows(
        _New,
        """INSERT INTO returns_return (organisation_id, number, key, order_id, customer_id, decision, goods, money, is_withdrawal,
                                       historical, policy_version, timing, free_label, keep_item, currency, note, requested_at,
                                       decided_at, received_at, updated_at)
           SELECT %s, u.n, u.k, u.o, u.c, 'approved', 'processed', 'none', FALSE, TRUE, 0, 'on_inspection', FALSE, FALSE, u.cy,
                  '', u.at, u.at, u.at, %s
             FROM unnest(%s::int[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[]) u(n, k, o, c, cy, at)
            ORDER BY u.n
           RETURNING id, number, key, order_id""",
        [ctx.organisation_id, ctx.now, *db.columns(rows, 6)],
    )


def _insert_lines(ctx: Ctx, credits: dict[int, list[Linked]]) -> None:
    """The lines of returns; what a credit names twice of one order line is one line of them both."""
    units: Counter[tuple[int, int, int]] = Counter()
    for return_id, lines in credits.items():
        for line in lines:
            units[(return_id, line.order_line_id, line.variant_id)] += line.qty
    db.execute(
        """INSERT INTO returns_line (organisation_id, return_id, order_line_id, variant_id, qty, reason, answer, note, stated,
                                     outcome, decision, received, inspected, missing, settled)
           SELECT %s, u.r, u.l, u.v, u.q, 'unknown', '', '', '', 'refund_original', 'approved', u.q, u.q, 0, u.q
             FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::int[]) u(r, l, v, q) ORDER BY u.r, u.l
           ON CONFLICT (organisation_id, return_id, order_line_id) DO UPDATE
              SET qty = EXCLUDED.qty, received = EXCLUDED.qty, inspected = EXCLUDED.qty, settled = EXCLUDED.qty
            WHERE returns_line.qty <> EXCLUDED.qty""",
        [ctx.organisation_id, *db.columns(sorted((*key, qty) for key, qty in units.items()), 4)],
    )
