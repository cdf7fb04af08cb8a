"""Two customers who turn out to be one person, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from doorstep.base import db, outbox, search
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import LOST_RACE, NOT_FOUND, Refused
from doorstep.customers import bulk, events, queries, rules
from doorstep.customers.owned import Rows
from doorstep.customers.values import ONE_PERSON, THEMSELVES, UNDONE, CustomerRow, MergeRow

_MERGE = "SELECT id, keep_id, gone_id, moved, before, after, by, at, undone_at FROM customers_merge"
Fields = Mapping[str, str | bool]
IDENTITIES = Rows("customers_identity")


def require_two(ctx: Ctx, *, keep_id: int, gone_id: int) -> tuple[CustomerRow, CustomerRow]:
    """Both customers.  Refuses: unknown ids, one and the same, those that are merged away."""
    if keep_id == gone_id:
        raise Refused(THEMSELVES)
    keep, gone = queries.get(ctx, customer_id=keep_id), queries.get(ctx, customer_id=gone_id)
    for row in (keep, gone):
        if row.merged_into_id is not None:
            raise Refused(ONE_PERSON, {"id": row.id})
    return keep, gone


@transaction.atomic
def begin(ctx: Ctx, *, keep_id: int, gone_id: int, keep_version: int, gone_version: int) -> MergeRow:
    """Makes one customer of two; whatever refers to the one that goes is the caller's to move.

    Locks: the customers, ascending.  Emits: CustomersMerged.
    Refuses: other versions, one and the same, those that are merged away.
    """
    bulk.lock(ctx, [keep_id, gone_id])
    keep, gone = require_two(ctx, keep_id=keep_id, gone_id=gone_id)
    if (keep.version, gone.version) != (keep_version, gone_version):
        raise Refused(LOST_RACE, {"what": "customer"})
    after = {name: value for name, value in rules.merged(keep, gone).items() if value != getattr(keep, name)}
    before = {name: getattr(keep, name) for name in after}
    _write(ctx, keep_id, after)
    db.execute(
        """UPDATE customers_customer SET merged_into_id = %s, version = version + 1, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [keep_id, ctx.now, ctx.organisation_id, gone_id],
    )
    id = db.scalar(
        """INSERT INTO customers_merge (organisation_id, keep_id, gone_id, moved, before, after, by, at, undone_by)
           VALUES (%s, %s, %s, '{}', %s::jsonb, %s::jsonb, %s, %s, '') RETURNING id""",
        [ctx.organisation_id, keep_id, gone_id, db.as_json(before), db.as_json(after), ctx.actor.name[:120], ctx.now],
    )
    data = {"gone_id": gone_id, "name": gone.shown, "after": after}
    outbox.record(ctx, [Happened(events.CUSTOMERS_MERGED, f"customer:{keep_id}", f"customer:{keep_id}", data)])
    return get(ctx, id=id)


def note_moved(ctx: Ctx, *, id: int, moved: Mapping[str, list[int]]) -> None:
    """Adds to the record of what moved, so that an undo finds it.  Locks: the merge."""
    new = {room: ids for room, ids in moved.items() if ids}
    if not new:
        return
    found = db.dicts(
        "SELECT moved FROM customers_merge WHERE organisation_id = %s AND id = %s FOR UPDATE", [ctx.organisation_id, id]
    )
    all_ = {room: sorted({*found[0]["moved"].get(room, []), *new.get(room, [])}) for room in {*found[0]["moved"], *new}}
    db.execute(
        "UPDATE customers_merge SET moved = %s::jsonb WHERE organisation_id = %s AND id = %s",
        [db.as_json(all_), ctx.organisation_id, id],
    )


@transaction.atomic
def end(ctx: Ctx, *, id: int) -> MergeRow:
    """Makes two customers of one again; what moved is the caller's to move back.

    What the merge wrote on the one who stays is taken back where it still stands so.
    Locks: the customers, ascending, then the merge.  Emits: MergeUndone.
    Refuses: unknown ids, a merge that is undone, one whose customer was merged on.
    """
    row = lock(ctx, id=id)
    if row.undone_at is not None:
        raise Refused(UNDONE)
    keep = queries.get(ctx, customer_id=row.keep_id)
    if keep.merged_into_id is not None:
        raise Refused(ONE_PERSON, {"id": keep.id})
    _write(ctx, keep.id, {name: value for name, value in row.before.items() if getattr(keep, name) == row.after[name]})
    db.execute(
        """UPDATE customers_customer SET merged_into_id = NULL, version = version + 1, updated_at = %s
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, ctx.organisation_id, row.gone_id],
    )
    db.execute(
        "UPDATE customers_merge SET undone_at = %s, undone_by = %s WHERE organisation_id = %s AND id = %s",
        [ctx.now, ctx.actor.name[:120], ctx.organisation_id, id],
    )
    data = {"gone_id": row.gone_id}
    outbox.record(ctx, [Happened(events.MERGE_UNDONE, f"customer:{keep.id}", f"customer:{keep.id}", data)])
    return row


def _write(ctx: Ctx, id: int, fields: Fields) -> None:
    """Writes some fields of a customer; what they are found by follows."""
    row = queries.get(ctx, customer_id=id)
    is_ = {name: fields.get(name, getattr(row, name)) for name in (*rules.FILLED, "accepts_marketing", "note")}
    db.execute(
        f"""UPDATE customers_customer SET name = %(name)s, email = %(email)s, phone = %(phone)s, country = %(country)s,
                   accepts_marketing = %(accepts_marketing)s, note = %(note)s, version = version + 1, updated_at = %(now)s,
                   search = {bulk.SEARCH.format(name="%(name)s", email="%(email)s", phone="%(phone)s")}
             WHERE organisation_id = %(organisation)s AND id = %(id)s""",
        {**is_, "now": ctx.now, "organisation": ctx.organisation_id, "id": id},
    )


def lock(ctx: Ctx, *, id: int) -> MergeRow:
    """One merge, which nobody else moves or undoes meanwhile.  Locks: its customers, ascending, then the merge.

    Refuses: unknown ids.
    """
    row = get(ctx, id=id)
    bulk.lock(ctx, [row.keep_id, row.gone_id])
    db.execute("SELECT 1 FROM customers_merge WHERE organisation_id = %s AND id = %s FOR UPDATE", [ctx.organisation_id, id])
    return get(ctx, id=id)


def get(ctx: Ctx, *, id: int) -> MergeRow:
    """One merge.  Refuses: unknown ids."""
    found = db.one(MergeRow, _MERGE + " WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "merge", "key": id})
    return found


def list_of(ctx: Ctx, *, customer_id: int) -> list[MergeRow]:
    """The merges by which a customer became what they are, newest first; undone ones are left out."""
    return db.rows(
        MergeRow,
        _MERGE + " WHERE organisation_id = %s AND keep_id = %s AND undone_at IS NULL ORDER BY id DESC",
        [ctx.organisation_id, customer_id],
    )


def find_recent(*, since: datetime) -> list[tuple[int, int]]:
    """Merges since then that stand, of every organisation.  Shapes: (organisation id, merge id)."""
    found = db.dicts("SELECT organisation_id, id FROM customers_merge WHERE at >= %s AND undone_at IS NULL ORDER BY id", [since])
    return [(line["organisation_id"], line["id"]) for line in found]


def find_of_gone(ctx: Ctx, *, customer_ids: list[int]) -> list[MergeRow]:
    """The merges that took these customers away; those who are here are left out."""
    return db.rows(
        MergeRow,
        _MERGE + " WHERE organisation_id = %s AND gone_id = ANY(%s) AND undone_at IS NULL ORDER BY id",
        [ctx.organisation_id, customer_ids],
    )


def find_alike(ctx: Ctx, *, customer: CustomerRow) -> list[CustomerRow]:
    """Others who are called the same or have the same phone, newest first: perhaps the same person."""
    found: dict[int, CustomerRow] = {}
    for text in filter(None, (customer.phone, customer.name)):
        matches, parameters = search.matches("search", text)
        for row in db.rows(
            CustomerRow,
            f"""SELECT {queries.COLUMNS} FROM customers_customer
                 WHERE organisation_id = %s AND id <> %s AND merged_into_id IS NULL AND {matches} ORDER BY id DESC LIMIT 20""",
            [ctx.organisation_id, customer.id, *parameters],
        ):
            if rules.are_alike(row, customer) or (customer.phone and row.phone == customer.phone):
                found[row.id] = row
    return sorted(found.values(), key=lambda row: -row.id)
