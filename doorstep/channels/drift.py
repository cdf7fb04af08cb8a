"""Listings that showed another number than we thought, why, and when they were right again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.channels.values import DriftCause, DriftFilter, DriftRow


@dataclass(frozen=True, slots=True)
class Found:
    """What a listing showed, against what we thought.  `is_failing`: the last number that we told was not taken."""

    listing_id: int
    thought: int
    showed: int
    is_failing: bool = False

    @property
    def cause(self) -> DriftCause:
        """What is likely: fewer units were sold there, and their orders come; more were put there by somebody."""
        if self.is_failing:
            return DriftCause.NOT_TAKEN
        return DriftCause.LATE_ORDER if self.showed < self.thought else DriftCause.EDITED


@transaction.atomic
def note(ctx: Ctx, *, found: Sequence[Found]) -> None:
    """Keeps that listings showed another number than we thought."""
    lines = [(f.listing_id, f.thought, f.showed, f.cause.value) for f in found if f.thought != f.showed]
    db.execute(
        """INSERT INTO channels_drift (organisation_id, listing_id, connection_id, thought, showed, cause, found_at)
           SELECT l.organisation_id, u.l, l.connection_id, u.t, u.s, u.c, %s
             FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[]) u(l, t, s, c)
             JOIN channels_listing l ON l.organisation_id = %s AND l.id = u.l""",
        [ctx.now, *db.columns(lines, 4), ctx.organisation_id],
    )


@transaction.atomic
def note_edited(ctx: Ctx, *, since: Mapping[int, datetime]) -> None:
    """What seemed to be orders on their way was none: somebody changed the number in the shop.

    Also where another number was taken meanwhile, so that the listing is right again.  Shapes: since when it seemed so, by listing.
    """
    db.execute(
        """UPDATE channels_drift d SET cause = 'edited' FROM unnest(%s::bigint[], %s::timestamptz[]) u(l, at)
            WHERE d.organisation_id = %s AND d.listing_id = u.l AND d.cause = 'late_order'
              AND (d.healed_at IS NULL OR d.found_at >= u.at)""",
        [list(since), list(since.values()), ctx.organisation_id],
    )


@transaction.atomic
def note_healed(ctx: Ctx, *, listing_ids: Sequence[int], cause: DriftCause | None = None) -> None:
    """These show what they should again.  `cause`: of drifts that are over by that; of all where none is given."""
    db.execute(
        """UPDATE channels_drift SET healed_at = %s
            WHERE organisation_id = %s AND listing_id = ANY(%s) AND healed_at IS NULL AND cause = COALESCE(%s, cause)""",
        [ctx.now, ctx.organisation_id, list(listing_ids), cause],
    )


def open_listings(ctx: Ctx, *, connection_id: int) -> list[int]:
    """The listings of a connection that have drifted and are not right again, ascending."""
    return db.column(
        """SELECT DISTINCT listing_id FROM channels_drift
            WHERE organisation_id = %s AND connection_id = %s AND healed_at IS NULL ORDER BY listing_id""",
        [ctx.organisation_id, connection_id],
    )


@transaction.atomic
def note_right(ctx: Ctx, *, listing_ids: Sequence[int]) -> None:
    """Drifts of these are over where what they show is what they should by now, without a number told: the stock moved to it."""
    db.execute(
        """UPDATE channels_drift d SET healed_at = %s FROM channels_exposure e
            WHERE d.organisation_id = %s AND d.listing_id = ANY(%s) AND d.healed_at IS NULL
              AND e.organisation_id = d.organisation_id AND e.listing_id = d.listing_id
              AND e.settled AND e.sent IS NULL AND e.unseen = 0""",
        [ctx.now, ctx.organisation_id, list(listing_ids)],
    )


def list_page(ctx: Ctx, *, where: DriftFilter, before: int | None = None, limit: int = 50) -> list[DriftRow]:
    """Drifts, newest first, keyset-paged by id."""
    return db.rows(
        DriftRow,
        """SELECT d.id, d.listing_id, d.connection_id, l.sku, l.title, l.variant_id, d.thought, d.showed, d.cause, d.found_at,
                  d.healed_at,
                  d.cause <> 'late_order' OR (d.healed_at IS NOT NULL AND (e.unseen_at < d.found_at) IS NOT FALSE) AS is_known
             FROM channels_drift d JOIN channels_listing l ON l.organisation_id = d.organisation_id AND l.id = d.listing_id
             LEFT JOIN channels_exposure e ON e.organisation_id = d.organisation_id AND e.listing_id = d.listing_id AND e.unseen > 0
            WHERE d.organisation_id = %(org)s AND (%(before)s::bigint IS NULL OR d.id < %(before)s)
              AND (%(connection)s = 0 OR d.connection_id = %(connection)s) AND (%(listing)s = 0 OR d.listing_id = %(listing)s)
              AND (%(cause)s = '' OR d.cause = %(cause)s) AND (NOT %(open)s OR d.healed_at IS NULL)
            ORDER BY d.id DESC LIMIT %(limit)s""",
        {"org": ctx.organisation_id, "before": before, "connection": where.connection_id, "listing": where.listing_id,
         "cause": where.cause, "open": where.is_open, "limit": limit},
    )  # fmt: skip


def count_open(ctx: Ctx) -> dict[int, int]:
    """How many drifts are not healed, by connection."""
    found = db.dicts(
        "SELECT connection_id, count(*) AS n FROM channels_drift WHERE organisation_id = %s AND healed_at IS NULL GROUP BY 1",
        [ctx.organisation_id],
    )
    return {line["connection_id"]: line["n"] for line in found}


def forget_old(*, older_than: datetime, limit: int = 5_000) -> int:
    """Drops what healed and was found before then, of every organisation.  Returns: how many."""
    return db.execute(
        """DELETE FROM channels_drift WHERE id IN (
                  SELECT id FROM channels_drift WHERE healed_at IS NOT NULL AND found_at < %s ORDER BY found_at LIMIT %s)""",
        [older_than, limit],
    )
