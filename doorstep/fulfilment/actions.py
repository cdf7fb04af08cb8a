"""Writes on the floor: pick lists, packing, print jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from doorstep.base import db, jobs, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import ILLEGAL_MOVE, LOST_RACE, NOT_FOUND, Refused
from doorstep.fulfilment import events, lists, queries, walks, wave_queries
from doorstep.fulfilment.parcels import pack, unpack
from doorstep.fulfilment.values import PRINTS, SAID_NOT_PRINTED, SAID_PRINTED, PrintState, PutBackRow
from doorstep.orders import actions as orders

__all__ = [
    "PrintWish", "add_printer", "forget", "judge_print", "list_up", "lock", "move_print", "pack", "put_back", "retire_printer",
    "unpack", "want_print", "withdraw",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PrintWish:
    """Paper to be printed once.  `document`: label, slip or pick_list."""

    key: str
    document: str
    subject: str
    timeline: str
    printer_id: int


@transaction.atomic
def list_up(ctx: Ctx, *, order_ids: Sequence[int]) -> int:
    """Puts what is routed and free on its location's open pick list, in the order of the walk; doing it again changes nothing.

    Where waves are planned, nothing is listed here.

    Returns: how many fulfilment orders were listed.  Locks: open pick lists by id, then fulfilment orders by id.
    Emits: FulfilmentListed per fulfilment order.
    """
    found = _as_they_come(ctx, queries.find_to_list(ctx, order_ids=order_ids))
    places = lists.Places(ctx, location_ids=sorted({line["location_id"] for line in found}))
    orders.lock(ctx, fulfilment_order_ids=[line["fulfilment_order_id"] for line in found])
    found = _as_they_come(ctx, queries.find_to_list(ctx, order_ids=order_ids))
    parts: dict[int, list[dict[str, Any]]] = {}
    for line in found:
        parts.setdefault(line["fulfilment_order_id"], []).append(line)
    tasks = []
    facts = []
    for part_id, lines in parts.items():
        pick_list_id = places.take(lines[0]["location_id"])
        tasks += [
            (pick_list_id, part_id, line["line_id"], line["variant_id"], line["bin"], line["qty"]) for line in lines
        ]
        data = {"pick_list_id": pick_list_id, "location_id": lines[0]["location_id"]}
        facts.append(Happened(events.LISTED, f"fulfilment_order:{part_id}", f"order:{lines[0]['order_id']}", data))
    db.execute(
        """INSERT INTO fulfilment_picktask (organisation_id, pick_list_id, fulfilment_order_id, fulfilment_line_id, variant_id,
                                            bin, qty, picked, removed)
           SELECT %s, u.*, 0, FALSE FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::int[]) u
           ON CONFLICT (organisation_id, fulfilment_line_id) WHERE NOT removed DO NOTHING""",
        [ctx.organisation_id, *db.columns(tasks, 6)],
    )
    outbox.record(ctx, facts)
    walks.arrange(ctx, pick_lists={fact.data["pick_list_id"]: fact.data["location_id"] for fact in facts})
    return len(parts)


def _as_they_come(ctx: Ctx, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is to be listed at once: where waves are planned, orders wait for the next one."""
    rules = wave_queries.rules_of(ctx, location_ids=sorted({line["location_id"] for line in found})) if found else {}
    return [line for line in found if not rules[line["location_id"]].planned]


def lock(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> None:
    """Locks orders that may come off their pick lists.  Locks: pick lists by id, then fulfilment orders."""
    lists.lock_those_of(ctx, fulfilment_order_ids=fulfilment_order_ids)
    orders.lock(ctx, fulfilment_order_ids=fulfilment_order_ids)


@transaction.atomic
def withdraw(ctx: Ctx, *, fulfilment_order_ids: Sequence[int], only_untouched: bool) -> None:
    """Takes tasks off pick lists: all of them for a cancelled order, the untouched ones for a held one.

    What was picked of a cancelled order is to be put back then, see `put_back`: its task keeps how much that is.
    Locks: pick lists by id, then fulfilment orders.  Emits: FulfilmentUnlisted per fulfilment order that lost a task.
    """
    lock(ctx, fulfilment_order_ids=fulfilment_order_ids)
    gone = db.dicts(
        """UPDATE fulfilment_picktask t SET removed = TRUE FROM orders_fulfilmentorder f
            WHERE t.organisation_id = %s AND t.fulfilment_order_id = ANY(%s) AND NOT t.removed
              AND f.organisation_id = t.organisation_id AND f.id = t.fulfilment_order_id
              AND (NOT %s OR NOT EXISTS (SELECT 1 FROM fulfilment_picktask o WHERE o.organisation_id = t.organisation_id
                   AND o.fulfilment_order_id = t.fulfilment_order_id AND NOT o.removed AND o.picked > 0))
           RETURNING t.fulfilment_order_id, f.order_id, t.pick_list_id, t.picked""",
        [ctx.organisation_id, list(fulfilment_order_ids), only_untouched],
    )
    lists.settle(ctx, pick_list_ids=sorted({line["pick_list_id"] for line in gone}))
    units: Counter[tuple[int, int]] = Counter()
    for line in gone:
        units[line["fulfilment_order_id"], line["order_id"]] += line["picked"]
    outbox.record(
        ctx,
        [
            Happened(events.UNLISTED, f"fulfilment_order:{i}", f"order:{o}", {"to_put_back": picked})
            for (i, o), picked in sorted(units.items())
        ],
    )


@transaction.atomic
def forget(ctx: Ctx, *, fulfilment_line_ids: Sequence[int]) -> bool:
    """Drops what was once listed of lines that are to go, and was never touched.

    Returns: whether nothing of these lines is left on the floor's books.  Needs: their tasks withdrawn.
    """
    key = [ctx.organisation_id, list(fulfilment_line_ids)]
    db.execute(
        """DELETE FROM fulfilment_picktask t WHERE t.organisation_id = %s AND t.fulfilment_line_id = ANY(%s) AND t.removed
              AND t.picked = 0
              AND NOT EXISTS (SELECT 1 FROM fulfilment_scan s WHERE s.organisation_id = t.organisation_id AND s.task_id = t.id)
              AND NOT EXISTS (SELECT 1 FROM fulfilment_short s WHERE s.organisation_id = t.organisation_id AND s.task_id = t.id)
        """,
        key,
    )
    left = "SELECT count(*) FROM fulfilment_picktask WHERE organisation_id = %s AND fulfilment_line_id = ANY(%s)"
    return int(db.scalar(left, key)) == 0


@transaction.atomic
def put_back(ctx: Ctx, *, task_id: int) -> PutBackRow:
    """Notes that somebody put the picked units of a cancelled order back on their shelf; saying it twice changes nothing.

    Stock stays as it is: cancelling gave the promise back, and units in a tote never left the books of their location.
    Locks: the task.  Emits: FulfilmentPutBack, once.  Refuses: unknown ids, tasks of which nothing is to be put back.
    """
    row = queries.get_put_back(ctx, task_id=task_id)
    noted = db.execute(
        """UPDATE fulfilment_picktask SET put_back_at = %s, put_back_by = %s
            WHERE organisation_id = %s AND id = %s AND removed AND picked > 0 AND put_back_at IS NULL""",
        [ctx.now, ctx.actor.name[:120], ctx.organisation_id, task_id],
    )
    if noted:
        data = {"sku": row.sku, "qty": row.qty, "bin": row.bin}
        subject, timeline = f"fulfilment_order:{row.fulfilment_order_id}", f"order:{row.order_id}"
        outbox.record(ctx, [Happened(events.PUT_BACK, subject, timeline, data)])
    return queries.get_put_back(ctx, task_id=task_id)


@transaction.atomic
def want_print(ctx: Ctx, *, wishes: Sequence[PrintWish]) -> list[int]:
    """Wishes for paper; a wish whose key is here already changes nothing.  Returns: ids of new print jobs."""
    made = db.dicts(
        """INSERT INTO fulfilment_printjob (organisation_id, printer_id, key, document, subject, timeline, state, problem, by,
                                            wanted_at)
           SELECT %s, u.p, u.k, u.d, u.s, u.t, 'queued', '', %s, %s
             FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) u(p, k, d, s, t)
           ON CONFLICT (organisation_id, key) DO NOTHING RETURNING id, printer_id""",
        [ctx.organisation_id, ctx.actor.name, ctx.now]
        + db.columns([(w.printer_id, w.key, w.document, w.subject, w.timeline) for w in wishes], 5),
    )
    for line in made:
        print_soon(ctx, print_job_id=line["id"], printer_id=line["printer_id"])
    return [line["id"] for line in made]


def print_soon(ctx: Ctx, *, print_job_id: int, printer_id: int) -> None:
    """Defers printing one job; runs for one printer never overlap."""
    arguments = {"organisation_id": ctx.organisation_id, "print_job_id": print_job_id}
    jobs.defer("print_document", arguments=arguments, lock=f"printer:{printer_id}")


@transaction.atomic
def move_print(ctx: Ctx, *, print_job_id: int, to: PrintState, problem: str = "") -> bool:
    """Moves a print job on; False when it is not in a state any more from which the table allows this.

    Emits: Printed, PrintFailed or PrintUnknown.
    """
    moved = db.dicts(
        """UPDATE fulfilment_printjob SET state = %s, problem = %s,
                  settled_at = CASE WHEN %s IN ('printed', 'failed', 'unknown') THEN %s::timestamptz END
            WHERE organisation_id = %s AND id = %s AND state = ANY(%s) RETURNING subject, timeline, document""",
        [to.value, problem[:500], to.value, ctx.now, ctx.organisation_id, print_job_id, PRINTS.sources(to)],
    )
    types: Mapping[PrintState, str] = {
        PrintState.PRINTED: events.PRINTED,
        PrintState.FAILED: events.PRINT_FAILED,
        PrintState.UNKNOWN: events.PRINT_UNKNOWN,
    }
    if to in types:
        outbox.record(
            ctx,
            [
                Happened(types[to], m["subject"], m["timeline"], {"document": m["document"], "problem": problem[:200]})
                for m in moved
            ],
        )
    return bool(moved)


@transaction.atomic
def judge_print(ctx: Ctx, *, print_job_id: int, printed: bool) -> None:
    """Notes what a person saw at the printer, for a job of which nobody knew; saying it twice changes nothing.

    Emits: Printed or PrintFailed.  Refuses: unknown ids, jobs of which it is known already that it is otherwise.
    """
    job = queries.get_print_job(ctx, id=print_job_id)
    to = PrintState.PRINTED if printed else PrintState.FAILED
    if job.state == to:
        return
    if job.state != PrintState.UNKNOWN:
        raise Refused(ILLEGAL_MOVE, {"what": PRINTS.what, "was": job.state, "to": to.value})
    if not move_print(ctx, print_job_id=job.id, to=to, problem=SAID_PRINTED if printed else SAID_NOT_PRINTED):
        raise Refused(LOST_RACE, {"what": PRINTS.what})


@transaction.atomic
def add_printer(
    ctx: Ctx, *, name: str, kind: str, target: str, language: str = "pdf", location_id: int | None = None
) -> int:
    """Adds a printer, or changes the one of that name."""
    return int(
        db.scalar(
            """INSERT INTO fulfilment_printer (organisation_id, name, kind, target, language, location_id, active, created_at)
               VALUES (%s, %s, %s, %s, %s, %s, TRUE, %s)
               ON CONFLICT (organisation_id, name) DO UPDATE SET kind = EXCLUDED.kind, target = EXCLUDED.target,
                  language = EXCLUDED.language, location_id = EXCLUDED.location_id, active = TRUE RETURNING id""",
            [ctx.organisation_id, name, kind, target, language, location_id, ctx.now],
        )
    )


@transaction.atomic
def retire_printer(ctx: Ctx, *, printer_id: int) -> None:
    """Takes a printer out of use; what it printed stays known.  Refuses: unknown ids."""
    touched = db.execute(
        "UPDATE fulfilment_printer SET active = FALSE WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, printer_id],
    )
    if not touched:
        raise Refused(NOT_FOUND, {"what": "printer", "key": printer_id})
