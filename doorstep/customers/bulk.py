"""Set-based writes of people and their identities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.customers.rules import Key
from doorstep.customers.values import Known, Person

# What a customer is found by. A phone in E.164 is also kept as it is dialled at home: +82 10… as 010….
SEARCH = """base_searchable(concat_ws(' ', {name}, {email}, {phone},
            CASE WHEN {phone} LIKE '+82%%' THEN '0' || substr({phone}, 4) END))"""


@dataclass(frozen=True, slots=True)
class _Holder(Known):
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class _New:
    id: int


def holders(ctx: Ctx, keys: Iterable[Key]) -> Callable[[], dict[Key, Known]]:
    """Who has these identities now, to be come for later (`db.later`)."""
    come = db.later(
        _Holder,
        """SELECT c.id, c.name, c.email, c.phone, c.country, c.accepts_marketing, key.kind, key.value
             FROM unnest(%s::text[], %s::text[]) key(kind, value)
            CROSS JOIN LATERAL (SELECT customer_id FROM customers_identity
                                 WHERE organisation_id = %s AND kind = key.kind AND value = key.value LIMIT 1) i
            CROSS JOIN LATERAL (SELECT id, name, email, phone, country, accepts_marketing FROM customers_customer
                                 WHERE id = i.customer_id LIMIT 1) c""",
        [*db.columns(set(keys), 2), ctx.organisation_id],
    )
    return lambda: {(row.kind, row.value): row for row in come()}


def new_ids(count: int) -> Callable[[], list[int]]:
    """Fresh ids, so that identities may be claimed before their customers exist (the key is checked at commit); to be come
    for later (`db.later`)."""
    come = db.later(_New, "SELECT nextval('customers_customer_id_seq') AS id FROM generate_series(1, %s)", [count])
    return lambda: [row.id for row in come()]


def claim(ctx: Ctx, wanted: Mapping[Key, int]) -> set[Key]:
    """Writes identities that nobody has and returns those; the others met somebody else's.

    Locks: waits for a transaction that is claiming the same identity; sorted order keeps that free of deadlock.
    """
    lines = [(kind, value, customer_id) for (kind, value), customer_id in sorted(wanted.items())]
    found = db.dicts(
        """INSERT INTO customers_identity (organisation_id, kind, value, customer_id, created_at)
           SELECT %s, u.kind, u.value, u.customer_id, %s
             FROM unnest(%s::text[], %s::text[], %s::bigint[]) WITH ORDINALITY u(kind, value, customer_id, n)
            ORDER BY u.n
           ON CONFLICT DO NOTHING RETURNING kind, value""",
        [ctx.organisation_id, ctx.now, *db.columns(lines, 3)],
        kept=True,
    )
    return {(row["kind"], row["value"]) for row in found}


def give(ctx: Ctx, owners: Mapping[Key, int]) -> None:
    """Moves identities that this transaction claimed to other customers."""
    lines = [(kind, value, customer_id) for (kind, value), customer_id in sorted(owners.items())]
    db.execute(
        """UPDATE customers_identity i SET customer_id = u.customer_id
             FROM unnest(%s::text[], %s::text[], %s::bigint[]) u(kind, value, customer_id)
            WHERE i.organisation_id = %s AND i.kind = u.kind AND i.value = u.value AND i.customer_id <> u.customer_id""",
        [*db.columns(lines, 3), ctx.organisation_id],
    )


def insert(ctx: Ctx, people: Sequence[tuple[int, Person]]) -> None:
    """Writes new customers under ids taken before."""
    lines = [(i, p.name, p.email, p.phone, p.language, p.country, p.accepts_marketing) for i, p in people]
    db.send(
        f"""INSERT INTO customers_customer (id, organisation_id, name, email, phone, language, country, accepts_marketing,
                                            note, version, search, created_at, updated_at)
            SELECT u.id, %s, u.name, u.email, u.phone, u.language, u.country, u.accepts_marketing, '', 1,
                   {SEARCH.format(name="u.name", email="u.email", phone="u.phone")}, %s, %s
              FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[])
                   u(id, name, email, phone, language, country, accepts_marketing)""",
        [ctx.organisation_id, ctx.now, ctx.now, *db.columns(lines, 7)],
    )


def lock(ctx: Ctx, ids: Iterable[int]) -> dict[int, Known]:
    """Locks customers by ascending id and returns them as they are now.

    Their ids stay, so whoever only refers to them need not wait: an order's reference is looked at when it commits, with the
    pool rows in its hands that the holder of this lock may be waiting for.
    """
    found = db.rows(
        Known,
        """SELECT id, name, email, phone, country, accepts_marketing FROM customers_customer
            WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, sorted(ids)],
    )
    return {row.id: row for row in found}


def update(ctx: Ctx, known: Sequence[Known]) -> None:
    """Writes what was completed."""
    lines = [(k.id, k.name, k.email, k.phone, k.country, k.accepts_marketing) for k in known]
    db.execute(
        f"""UPDATE customers_customer c
               SET name = u.name, email = u.email, phone = u.phone, country = u.country,
                   accepts_marketing = u.accepts_marketing, version = c.version + 1, updated_at = %s,
                   search = {SEARCH.format(name="u.name", email="u.email", phone="u.phone")}
              FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[])
                   u(id, name, email, phone, country, accepts_marketing)
             WHERE c.organisation_id = %s AND c.id = u.id""",
        [ctx.now, *db.columns(lines, 6), ctx.organisation_id],
    )
