"""What came in is read: the same way for a webhook, a replay, a reconciliation and a sweep after a crash."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from django.db import InterfaceError, OperationalError, transaction

from doorstep.base import arrivals, deadlocks
from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows import file_mail, hear_carriers, hear_payments, hear_texts, hear_warehouses, shop_arrivals
from doorstep.flows.reading import Reading

log = logging.getLogger("doorstep.arrivals")
# Reads arrivals by id, also those that were read before where it is so asked, and says what became of each.
Reader = Callable[[Ctx, Sequence[int], bool], dict[int, str]]


def process(ctx: Ctx, *, arrival_ids: Sequence[int], again: bool = False) -> dict[int, str]:
    """Reads arrivals and does what they say; one that cannot be read never stops the others.

    Rows of files are left alone: flows.order_import and flows.moving_in read them, with what they know of the file.
    Call it with no transaction open: what shops say is done in several, and whoever kept the locks of all of them to the end
    would meet others in a deadlock.
    `again`: also those that were read before (a replay).  Returns: the outcome of each arrival that was read now.
    Locks: arrivals by id, then what each kind of fact locks.  Emits: what the facts cause.
    Raises: OperationalError when the database is away; what is not noted by then is read later, and asking again is right.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    for (source, connection_id), ids in (arrivals.by_sender(ctx, ids=arrival_ids) if arrival_ids else {}).items():
        key = (source, connection_id if source == arrivals.CHANNEL else 0)
        groups[key] = sorted([*groups.get(key, []), *ids])
    said: dict[int, str] = {}
    for source, read in READERS.items():
        for key in sorted(key for key in groups if key[0] == source):
            said |= _process(ctx, read, groups[key], again)
    return said


def read_again(ctx: Ctx, *, arrival_id: int) -> str:
    """Reads one arrival again; what it did before stays as it was noted and is not done twice.

    Returns: what became of it now; "stays" where it could not be taken now but was before; nothing for a row of a file.
    Locks, Emits, Refuses: as `process`; unknown ids, and what was forgotten for its age.
    """
    row = arrivals.get(ctx, id=arrival_id)
    if row.forgotten_at is not None:
        raise Refused(arrivals.FORGOTTEN)
    before = row.outcome
    outcome = process(ctx, arrival_ids=[arrival_id], again=True).get(arrival_id, "")
    return "stays" if before == "processed" and outcome in ("refused", "failed") else outcome


def _process(ctx: Ctx, read: Reader, ids: Sequence[int], again: bool) -> dict[int, str]:
    try:
        return read(ctx, ids, again)
    except (OperationalError, InterfaceError):
        raise
    except Exception as trouble:  # one bad arrival must not stop the others: each is tried alone
        if len(ids) > 1:
            return {id: said for one in ids for id, said in _process(ctx, read, [one], again).items()}
        log.exception("arrival %s, trace %s", ids[0], ctx.trace)
        problem = {"problem": type(trouble).__name__, "trace": ctx.trace}
        arrivals.settle(ctx, [(ids[0], "failed", problem)])
        return {ids[0]: "failed"}


def in_one_go(read: Callable[[Ctx, Sequence[Arrival]], Sequence[Reading]]) -> Reader:
    """Who reads arrivals, and does what they say, in one transaction."""

    @transaction.atomic
    def work(ctx: Ctx, ids: Sequence[int], again: bool) -> dict[int, str]:
        rows = arrivals.lock_unread(ctx, ids=ids, again=again)
        readings = read(ctx, rows) if rows else []
        arrivals.settle(ctx, [(r.arrival.id, r.outcome, r.detail) for r in readings])
        return {r.arrival.id: r.outcome for r in readings}

    return lambda ctx, ids, again: deadlocks.once_more(partial(work, ctx, ids, again), name="arrivals")


# Customers are matched once in a transaction, so mail has its own.
READERS: Mapping[str, Reader] = {
    arrivals.CHANNEL: shop_arrivals.read,
    arrivals.CARRIER: in_one_go(hear_carriers.read),
    arrivals.PAYMENT: in_one_go(hear_payments.read),
    arrivals.MAIL: in_one_go(file_mail.file),
    arrivals.TEXT: in_one_go(hear_texts.read),
    arrivals.WAREHOUSE: in_one_go(hear_warehouses.read),
}
