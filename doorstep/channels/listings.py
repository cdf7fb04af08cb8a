"""What shops offer, and which variant each of it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.channels import events, queries
from doorstep.channels.exposure import bounded
from doorstep.channels.port import ListedItem
from doorstep.channels.values import ListingFilter, ListingRow

_LISTING = """SELECT l.id, l.connection_id, l.external_id, l.item, l.sku, l.barcode, l.title, l.variant_id, l.linked_by, l.ignored,
                     l.number, l.read_at, l.ended_at FROM channels_listing l"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How the listings of a connection are doing.  `unmapped`: offered there, and no variant of ours."""

    connection_id: int
    listed: int
    unmapped: int
    behind: int
    failing: int


@transaction.atomic
def note(ctx: Ctx, *, connection_id: int, items: Sequence[ListedItem]) -> list[int]:
    """Keeps what a shop offers, as it is now; what is new or has no variant yet is linked where SKU or barcode say to which.

    Returns: ids of the listings, in order.  Locks: the listings, ascending by external id.
    """
    lines = [
        (i.id[:200], i.item[:200], i.sku[:200], i.barcode[:80], i.title[:255], None if i.number is None else bounded(i.number))
        for i in {item.id: item for item in items}.values()
    ]
    kept = db.dicts(
        """INSERT INTO channels_listing (organisation_id, connection_id, external_id, item, sku, barcode, title, linked_by, ignored,
                                         number, read_at)
           SELECT %s, %s, u.x, u.i, u.s, u.b, u.t, '', FALSE, u.n, %s
             FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[]) u(x, i, s, b, t, n) ORDER BY u.x
           ON CONFLICT (organisation_id, connection_id, external_id) DO UPDATE
              SET item = EXCLUDED.item, sku = EXCLUDED.sku, barcode = EXCLUDED.barcode, title = EXCLUDED.title,
                  number = EXCLUDED.number, read_at = EXCLUDED.read_at, ended_at = NULL
           RETURNING id, external_id""",
        [ctx.organisation_id, connection_id, ctx.now, *db.columns(lines, 6)],
    )
    by_key = {line["external_id"]: int(line["id"]) for line in kept}
    autolink(ctx, listing_ids=sorted(by_key.values()))
    return [by_key[item.id[:200]] for item in items]


@transaction.atomic
def autolink(ctx: Ctx, *, listing_ids: Sequence[int]) -> list[int]:
    """Links listings that have no variant and that no person unlinked: by SKU, else by barcode.

    A draft is nothing to link to: it may have been made for a line that nobody has mapped.
    Returns: ids of those that were linked.  Locks: the listings that it links, ascending.
    """
    return db.column(
        """WITH open AS (
             SELECT id, sku, barcode FROM channels_listing
              WHERE organisation_id = %(org)s AND id = ANY(%(ids)s) AND variant_id IS NULL AND linked_by = ''
              ORDER BY id FOR NO KEY UPDATE),
           known AS (
             SELECT v.id, v.sku, v.barcode FROM catalog_variant v
               JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
              WHERE v.organisation_id = %(org)s AND p.status <> 'draft'
                AND (v.sku IN (SELECT sku FROM open) OR v.barcode IN (SELECT barcode FROM open))),
           found AS (
             SELECT o.id, COALESCE(s.id, b.id) AS variant_id, CASE WHEN s.id IS NULL THEN 'barcode' ELSE 'sku' END AS how
               FROM open o
               LEFT JOIN known s ON s.sku = o.sku AND o.sku <> ''
               LEFT JOIN known b ON b.barcode = o.barcode AND o.barcode <> ''
              WHERE s.id IS NOT NULL OR b.id IS NOT NULL)
           UPDATE channels_listing l SET variant_id = f.variant_id, linked_by = f.how FROM found f
            WHERE l.organisation_id = %(org)s AND l.id = f.id RETURNING l.id""",
        {"org": ctx.organisation_id, "ids": list(listing_ids)},
    )


@transaction.atomic
def link(ctx: Ctx, *, listing_id: int, variant_id: int | None) -> ListingRow:
    """Says which variant a listing is, or that it is none of ours; nothing links it otherwise from then on.

    Emits: ListingLinked, where it was otherwise.  Refuses: unknown ids.  Locks: the listing.
    """
    was = lock(ctx, listing_id=listing_id)
    if variant_id is not None and variant_id not in catalog.variants_by_id(ctx, ids=[variant_id]):
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    db.execute(
        "UPDATE channels_listing SET variant_id = %s, linked_by = 'person' WHERE organisation_id = %s AND id = %s",
        [variant_id, ctx.organisation_id, listing_id],
    )
    if was.variant_id != variant_id:
        data: dict[str, object] = {"listing_id": listing_id, "title": was.title, "variant_id": variant_id}
        queries.CONNECTIONS.record(ctx, events.LISTING_LINKED, id=was.connection_id, data=data)
    return get(ctx, listing_id=listing_id)


@transaction.atomic
def ignore(ctx: Ctx, *, listing_id: int, ignored: bool) -> ListingRow:
    """Says that nobody needs to map a listing, or that somebody does after all.  Refuses: unknown ids."""
    lock(ctx, listing_id=listing_id)
    db.execute(
        "UPDATE channels_listing SET ignored = %s WHERE organisation_id = %s AND id = %s",
        [ignored, ctx.organisation_id, listing_id],
    )
    return get(ctx, listing_id=listing_id)


@transaction.atomic
def end_unread(ctx: Ctx, *, connection_id: int, read: Sequence[int]) -> list[int]:
    """Ends the listings of a connection that are not among those that were read.  Returns: ids of those that ended now."""
    return db.column(
        """UPDATE channels_listing SET ended_at = %s
            WHERE organisation_id = %s AND connection_id = %s AND ended_at IS NULL AND NOT id = ANY(%s) RETURNING id""",
        [ctx.now, ctx.organisation_id, connection_id, list(read)],
    )


def lock(ctx: Ctx, *, listing_id: int) -> ListingRow:
    """One listing that nobody else changes until the transaction ends.  Refuses: unknown ids.  Locks: the listing."""
    db.execute(
        "SELECT 1 FROM channels_listing WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE",
        [ctx.organisation_id, listing_id],
    )
    return get(ctx, listing_id=listing_id)


def get(ctx: Ctx, *, listing_id: int) -> ListingRow:
    """One listing.  Refuses: unknown ids."""
    found = listings_by_id(ctx, ids=[listing_id])
    if not found:
        raise Refused(NOT_FOUND, {"what": "listing", "key": listing_id})
    return found[listing_id]


def listings_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, ListingRow]:
    """The listings that have these ids; others are left out."""
    sql = f"{_LISTING} WHERE l.organisation_id = %s AND l.id = ANY(%s) ORDER BY l.id"
    return {row.id: row for row in db.rows(ListingRow, sql, [ctx.organisation_id, list(ids)])}


def of_variants(ctx: Ctx, *, variant_ids: Sequence[int]) -> list[ListingRow]:
    """Where these variants are offered now, ascending by id."""
    return db.rows(
        ListingRow,
        f"""{_LISTING} WHERE l.organisation_id = %s AND l.variant_id = ANY(%s) AND l.ended_at IS NULL ORDER BY l.id""",
        [ctx.organisation_id, list(variant_ids)],
    )


def beside(ctx: Ctx, *, listing_ids: Sequence[int]) -> list[ListingRow]:
    """Other places of the same items in the same shops that show numbers of their own, ascending by id."""
    return db.rows(
        ListingRow,
        f"""{_LISTING} JOIN channels_listing o ON o.organisation_id = l.organisation_id AND o.connection_id = l.connection_id
                                              AND o.item = l.item AND o.item <> '' AND o.id <> l.id
             WHERE l.organisation_id = %s AND o.id = ANY(%s) AND l.variant_id IS NOT NULL AND l.ended_at IS NULL ORDER BY l.id""",
        [ctx.organisation_id, list(listing_ids)],
    )


def ids_of(ctx: Ctx, *, connection_id: int) -> list[int]:
    """What a connection offers now, ascending."""
    return db.column(
        "SELECT id FROM channels_listing WHERE organisation_id = %s AND connection_id = %s AND ended_at IS NULL ORDER BY id",
        [ctx.organisation_id, connection_id],
    )


def variants_of_items(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Which variant the lines of orders mean.  Shapes: by (connection id, item); what is not mapped is left out."""
    found = db.dicts(
        """SELECT DISTINCT ON (connection_id, item) connection_id, item, variant_id FROM channels_listing
            WHERE organisation_id = %s AND variant_id IS NOT NULL
              AND (connection_id, item) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))
            ORDER BY connection_id, item, ended_at IS NOT NULL, id""",
        [ctx.organisation_id, [c for c, _ in keys], [i for _, i in keys]],
    )
    return {(line["connection_id"], line["item"]): line["variant_id"] for line in found}


def known_items(ctx: Ctx, *, connection_id: int, items: Sequence[str]) -> set[str]:
    """Those of the items that a connection offers, or offered once."""
    return set(
        db.column(
            "SELECT item FROM channels_listing WHERE organisation_id = %s AND connection_id = %s AND item = ANY(%s)",
            [ctx.organisation_id, connection_id, list(items)],
        )
    )


def unmapped_called(ctx: Ctx, *, connection_id: int, names: Sequence[str]) -> dict[str, int]:
    """What a connection offers and nobody has mapped, by its SKU and by its item; what it does not offer is left out."""
    found = db.dicts(
        """SELECT id, sku, item FROM channels_listing
            WHERE organisation_id = %s AND connection_id = %s AND variant_id IS NULL AND ended_at IS NULL
              AND (sku = ANY(%s) OR item = ANY(%s)) ORDER BY id DESC""",
        [ctx.organisation_id, connection_id, list(names), list(names)],
    )
    return {name: int(line["id"]) for key in ("item", "sku") for line in found if (name := line[key])}


def names_there(ctx: Ctx, *, connection_id: int, skus: Sequence[str]) -> dict[str, tuple[str, str]]:
    """What a shop calls what we call so, by our SKU; what is not mapped is left out.  Shapes: (its SKU, its item)."""
    found = db.dicts(
        """SELECT DISTINCT ON (v.sku) v.sku AS ours, l.sku AS theirs, l.item FROM channels_listing l
             JOIN catalog_variant v ON v.organisation_id = l.organisation_id AND v.id = l.variant_id
            WHERE l.organisation_id = %s AND l.connection_id = %s AND v.sku = ANY(%s)
            ORDER BY v.sku, l.ended_at IS NOT NULL, l.sku <> v.sku, l.id""",
        [ctx.organisation_id, connection_id, list(skus)],
    )
    return {line["ours"]: (line["theirs"], line["item"]) for line in found}


def skus_here(ctx: Ctx, *, connection_id: int) -> dict[str, str]:
    """What we call what a channel calls so, by its SKU; what is not mapped, and what is called alike, is left out."""
    found = db.dicts(
        """SELECT DISTINCT ON (l.sku) l.sku AS theirs, v.sku AS ours FROM channels_listing l
             JOIN catalog_variant v ON v.organisation_id = l.organisation_id AND v.id = l.variant_id
            WHERE l.organisation_id = %s AND l.connection_id = %s AND l.sku <> ''
            ORDER BY l.sku, l.ended_at IS NOT NULL, l.id""",
        [ctx.organisation_id, connection_id],
    )
    return {line["theirs"]: line["ours"] for line in found if line["theirs"] != line["ours"]}


def list_page(ctx: Ctx, *, where: ListingFilter, after: int = 0, limit: int = 50) -> list[ListingRow]:
    """Listings ascending by id, keyset-paged; ended ones only where they are asked for."""
    return db.rows(
        ListingRow,
        f"""{_LISTING} LEFT JOIN channels_exposure e ON e.organisation_id = l.organisation_id AND e.listing_id = l.id
             WHERE l.organisation_id = %(org)s AND l.id > %(after)s
               AND (%(connection)s = 0 OR l.connection_id = %(connection)s)
               AND (%(variant)s = 0 OR l.variant_id = %(variant)s)
               AND (l.ended_at IS NOT NULL) = (%(state)s = 'ended')
               AND CASE %(state)s WHEN 'unmapped' THEN l.variant_id IS NULL AND NOT l.ignored
                                  WHEN 'ignored' THEN l.ignored
                                  WHEN 'behind' THEN e.settled IS FALSE
                                  WHEN 'failing' THEN e.problem <> '' ELSE TRUE END
               AND (%(query)s = '' OR strpos(lower(concat_ws(' ', l.sku, l.barcode, l.title)), lower(%(query)s)) > 0)
             ORDER BY l.id LIMIT %(limit)s""",
        {"org": ctx.organisation_id, "after": after, "connection": where.connection_id, "variant": where.variant_id,
         "state": where.state, "query": where.query, "limit": limit},
    )  # fmt: skip


def count(ctx: Ctx) -> dict[int, Counts]:
    """How the listings of each connection are doing, by connection."""
    found = db.rows(
        Counts,
        """SELECT l.connection_id, count(*) AS listed,
                  count(*) FILTER (WHERE l.variant_id IS NULL AND NOT l.ignored) AS unmapped,
                  count(*) FILTER (WHERE e.settled IS FALSE) AS behind, count(*) FILTER (WHERE e.problem <> '') AS failing
             FROM channels_listing l LEFT JOIN channels_exposure e ON e.organisation_id = l.organisation_id AND e.listing_id = l.id
            WHERE l.organisation_id = %s AND l.ended_at IS NULL GROUP BY 1""",
        [ctx.organisation_id],
    )
    return {row.connection_id: row for row in found}
