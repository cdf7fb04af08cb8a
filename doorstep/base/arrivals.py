"""Everything inbound is kept raw first; the answer to the sender follows the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop

# Who sent it: base knows neither shops, carriers, payment providers nor mailboxes, so it keeps the word that tells them
# apart. What a person brought in a file carries the id of the connection that its orders belong to, or 0.
CHANNEL, CARRIER, PAYMENT, MAIL, FILE, TEXT = "channel", "carrier", "payment", "mail", "file", "text"
WAREHOUSE = "warehouse"
SOURCES = (CHANNEL, CARRIER, PAYMENT, MAIL, FILE, TEXT, WAREHOUSE)
SEARCHED = 10_000  # how many of the newest a text is looked for in: no index serves it
FORGOTTEN = Refusal(
    "contents_forgotten",
    gettext_noop("What came was forgotten by now, for its age."),
    gettext_noop("Bring the file again, or have its sender send it again."),
)
OF_A_CONNECTION = (CHANNEL, FILE)  # their connection ids are counted together


@dataclass(frozen=True, slots=True)
class Incoming:
    """Raw bytes as they came. `external_id` is the sender's own id of this delivery; `source` says who the sender is."""

    connection_id: int
    external_id: str
    topic: str
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] | None = None
    source: str = CHANNEL


@dataclass(frozen=True, slots=True)
class Kept:
    id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    id: int
    source: str
    connection_id: int
    external_id: str
    topic: str
    content_type: str
    headers: dict[str, str]
    body: bytes
    outcome: str
    detail: dict[str, Any]
    repeats: int
    received_at: datetime
    processed_at: datetime | None
    forgotten_at: datetime | None


COLUMNS = """id, source, connection_id, external_id, topic, content_type, headers, body, outcome, detail, repeats, received_at,
             processed_at, forgotten_at"""


def keep(ctx: Ctx, incoming: Sequence[Incoming]) -> list[Kept]:
    """Stores raw arrivals; one that came before is counted as a repeat and its first id is returned.

    What was forgotten of it is kept again.

    Shapes: one answer per item, in order, with ascending ids where they are new.  Locks: arrival rows by external id.
    """
    if not incoming:
        return []
    lines = [
        (i.source, i.connection_id, i.external_id, i.topic, i.content_type, db.as_json(dict(i.headers or {})), i.body)
        for i in incoming
    ]
    kept = db.dicts(
        """
        WITH u AS MATERIALIZED (
            SELECT nextval('base_arrival_id_seq') AS id, u.*
              FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[])
                   WITH ORDINALITY u(source, connection_id, external_id, topic, content_type, headers, body, n))
        INSERT INTO base_arrival (id, organisation_id, source, connection_id, external_id, topic, content_type, headers, body,
                                  outcome, detail, repeats, received_at)
        SELECT DISTINCT ON (u.source, u.connection_id, u.external_id)
               u.id, %s, u.source, u.connection_id, u.external_id, u.topic, u.content_type, u.headers::jsonb, u.body, 'received',
               '{}', 0, %s
          FROM u ORDER BY u.source, u.connection_id, u.external_id, u.n
        ON CONFLICT (organisation_id, connection_id, external_id, source) DO UPDATE SET repeats = base_arrival.repeats + 1,
           body = CASE WHEN base_arrival.forgotten_at IS NULL THEN base_arrival.body ELSE EXCLUDED.body END,
           headers = CASE WHEN base_arrival.forgotten_at IS NULL THEN base_arrival.headers ELSE EXCLUDED.headers END,
           forgotten_at = NULL
        RETURNING id, source, connection_id, external_id, (xmax = 0) AS is_new
        """,
        [*db.columns(lines, 7), ctx.organisation_id, ctx.now],
    )
    by_key = {(k["source"], k["connection_id"], k["external_id"]): Kept(k["id"], k["is_new"]) for k in kept}
    seen: set[tuple[str, int, str]] = set()
    answers = []
    for item in incoming:
        key = (item.source, item.connection_id, item.external_id)
        first = by_key[key]
        answers.append(Kept(first.id, first.is_new and key not in seen))
        seen.add(key)
    return answers


def settle(ctx: Ctx, outcomes: Sequence[tuple[int, str, Mapping[str, Any]]]) -> None:
    """Notes what became of arrivals; one that did something keeps that, unless it did something again.

    Shapes: (arrival id, outcome, detail) each.  Needs: the rows locked by `lock` or `hold`.
    """
    if not outcomes:
        return
    lines = [(id, outcome, db.as_json(dict(detail))) for id, outcome, detail in outcomes]
    db.execute(
        """UPDATE base_arrival a SET outcome = u.outcome, detail = u.detail::jsonb, processed_at = %s
             FROM unnest(%s::bigint[], %s::text[], %s::text[]) u(id, outcome, detail)
            WHERE a.organisation_id = %s AND a.id = u.id AND (a.outcome <> 'processed' OR u.outcome = 'processed')""",
        [ctx.now, *db.columns(lines, 3), ctx.organisation_id],
    )


def get(ctx: Ctx, *, id: int) -> Arrival:
    """One arrival with its raw bytes.  Refuses: unknown ids."""
    found = db.one(
        Arrival,
        f"SELECT {COLUMNS} FROM base_arrival WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "arrival", "key": id})
    return found


def find_digests(ctx: Ctx, *, source: str, connection_id: int, external_ids: Sequence[str]) -> dict[str, str]:
    """What the bodies of arrivals hash to.  Shapes: SHA-256 in hex by external id; those that are not here are missing."""
    found = db.dicts(
        """SELECT external_id, encode(sha256(body), 'hex') AS digest FROM base_arrival
            WHERE organisation_id = %s AND source = %s AND connection_id = %s AND external_id = ANY(%s)""",
        [ctx.organisation_id, source, connection_id, list(external_ids)],
    )
    return {line["external_id"]: line["digest"] for line in found}


def by_sender(ctx: Ctx, *, ids: Sequence[int]) -> dict[tuple[str, int], list[int]]:
    """These arrivals, ascending, by who sent them.  Shapes: (source, connection id); unknown ids are left out."""
    found = db.dicts(
        "SELECT id, source, connection_id FROM base_arrival WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id",
        [ctx.organisation_id, list(ids)],
    )
    senders: dict[tuple[str, int], list[int]] = {}
    for line in found:
        senders.setdefault((line["source"], line["connection_id"]), []).append(line["id"])
    return senders


def lock(ctx: Ctx, *, ids: Sequence[int]) -> list[Arrival]:
    """Arrivals with their raw bytes, nobody else's until the transaction ends.  Locks: arrival rows ascending by id."""
    return db.rows(
        Arrival,
        f"SELECT {COLUMNS} FROM base_arrival WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
        [ctx.organisation_id, sorted(ids)],
    )


def lock_unread(ctx: Ctx, *, ids: Sequence[int], again: bool) -> list[Arrival]:
    """As `lock`, those that nobody has read yet.  `again`: those too that somebody has."""
    return [row for row in lock(ctx, ids=ids) if again or row.outcome == "received"]


def hold(ctx: Ctx, *, ids: Sequence[int]) -> None:
    """Has nobody else read these arrivals until the transaction ends.  Locks: as `lock`."""
    db.column(
        "SELECT id FROM base_arrival WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
        [ctx.organisation_id, sorted(ids)],
    )


def count_since(ctx: Ctx, *, since: datetime) -> dict[tuple[int, str], int]:
    """How many arrivals of connections, files among them, came since a moment.  Shapes: per (connection id, outcome)."""
    found = db.dicts(
        """SELECT connection_id, outcome, count(*) AS n FROM base_arrival
            WHERE organisation_id = %s AND received_at >= %s AND source = ANY(%s) GROUP BY 1, 2""",
        [ctx.organisation_id, since, list(OF_A_CONNECTION)],
    )
    return {(line["connection_id"], line["outcome"]): line["n"] for line in found}


def list_recent(
    ctx: Ctx,
    *,
    outcome: str = "",
    sources: Sequence[str] = SOURCES,
    connection_id: int = 0,
    text: str = "",
    order_ids: Sequence[int] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[Arrival]:
    """Arrivals newest first, raw bytes left out.  A connection id means something only beside its source.

    `text` is any part of the sender's id, or of the id, the name or the tracking number of what it was about; `order_ids`
    are the orders that the text means, and what was about them is found too.  It is looked for among the newest `SEARCHED`
    arrivals of the organisation, whatever the other filters.
    """
    like, words = search.like(
        "lower(concat_ws(' ', external_id, detail->>'external_id', detail->>'name', detail->>'number', topic))", text
    )
    if words:
        like = f"({like} OR detail->>'order_id' = ANY(%s))"
        words = [*words, [str(id) for id in order_ids]]
        like += """ AND id > COALESCE((SELECT id FROM base_arrival WHERE organisation_id = %s ORDER BY id DESC
                                        OFFSET %s LIMIT 1), 0)"""
        words = [*words, ctx.organisation_id, SEARCHED]
    return db.rows(
        Arrival,
        f"""SELECT {COLUMNS.replace("body,", "''::bytea AS body,")} FROM base_arrival
             WHERE organisation_id = %s AND (%s = '' OR outcome = %s) AND source = ANY(%s)
               AND (%s = 0 OR connection_id = %s) AND (%s::bigint IS NULL OR id < %s) AND {like}
             ORDER BY id DESC LIMIT %s""",
        [
            ctx.organisation_id, outcome, outcome, list(sources), connection_id, connection_id, before, before, *words, limit,
        ],
    )  # fmt: skip


def names_of(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, str]:
    """The sender's id of each arrival; those of another organisation are not among them."""
    found = db.dicts(
        "SELECT id, external_id FROM base_arrival WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, list(ids)],
    )
    return {line["id"]: line["external_id"] for line in found}


def find_refused(ctx: Ctx, *, connection_id: int, about: Sequence[str], among: int = 5000) -> set[str]:
    """Which of these things (the `external_id` of a detail) a channel's newest arrivals told of and were refused."""
    found = db.column(
        """SELECT DISTINCT a.detail->>'external_id' FROM (
                  SELECT source, connection_id, outcome, detail FROM base_arrival WHERE organisation_id = %s
                   ORDER BY id DESC LIMIT %s) a
            WHERE a.source = 'channel' AND a.connection_id = %s AND a.outcome = 'refused' AND a.detail->>'external_id' = ANY(%s)""",
        [ctx.organisation_id, among, connection_id, list(about)],
    )
    return set(found)


def find_unread(
    *, older_than: datetime, sources: Sequence[str] = SOURCES, limit: int = 100
) -> list[tuple[int, int]]:
    """Arrivals that nobody settled, of every organisation: (organisation id, arrival id), oldest first."""
    found = db.dicts(
        """SELECT organisation_id, id FROM base_arrival WHERE outcome = 'received' AND received_at < %s AND source = ANY(%s)
            ORDER BY received_at LIMIT %s""",
        [older_than, list(sources), limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
