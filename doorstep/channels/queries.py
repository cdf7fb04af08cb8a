"""Reads of connections and of what channels are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from doorstep.base import db, sealing
from doorstep.base.ctx import Ctx
from doorstep.base.vendors import Accounts
from doorstep.channels import events
from doorstep.channels.port import Capabilities, OpensReturns, ShopPort, shops
from doorstep.channels.values import TILL, ConnectionRow, NoticeRow

CONNECTIONS = Accounts[ConnectionRow](
    ConnectionRow, table="channels_connection", kind="connection", called="connection",
    events={"retired": events.PAUSED, "returned": events.RESUMED, "hook_rejected": events.HOOK_REJECTED},
)  # fmt: skip
NOTICE = """SELECT id, connection_id, key, verb, subject, timeline, arguments, state, problem, wanted_at, settled_at
               FROM channels_notice"""


def list_connections(ctx: Ctx) -> list[ConnectionRow]:
    """Every connection, those in use first, then by name."""
    return CONNECTIONS.list(ctx, order="name, id")


def find_till(ctx: Ctx, *, location_id: int) -> ConnectionRow | None:
    """The connection that the sales of a shop's till belong to, once there was one."""
    key = {"location_id": str(location_id)}
    return next((row for row in list_connections(ctx) if row.provider == TILL and row.settings == key), None)


def connections_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, ConnectionRow]:
    """Connections by id; those of another organisation are not among them."""
    return {row.id: row for row in CONNECTIONS.list(ctx, where="id = ANY(%s)", params=[list(ids)])}


def get(ctx: Ctx, *, connection_id: int) -> ConnectionRow:
    """One connection.  Refuses: unknown ids."""
    return CONNECTIONS.get(ctx, id=connection_id)


def find_unintroduced() -> list[tuple[int, int]]:
    """Shops in use that do not know where their webhooks go.  Shapes: (organisation id, connection id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM channels_connection
            WHERE active AND introduced_at IS NULL AND provider = ANY(%s) ORDER BY id""",
        [list(shops.names())],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def secret_of(ctx: Ctx, *, connection_id: int) -> str:
    """The secret with which a connection's webhooks are signed."""
    kept = db.scalar(
        "SELECT secret FROM channels_connection WHERE organisation_id = %s AND id = %s",
        [ctx.organisation_id, connection_id],
    )
    return sealing.unseal(str(kept))


def shop_of(ctx: Ctx, *, connection: ConnectionRow) -> ShopPort:
    """The shop behind a connection, ready to be called.  Raises: KeyError for a provider that nobody wired."""
    secret = secret_of(ctx, connection_id=connection.id)
    own = {"secret": secret, "connection_id": str(connection.id), "organisation_id": str(ctx.organisation_id)}
    return shops.get(connection.provider, {**connection.settings, **own})


def who_open_returns(ctx: Ctx, *, connections: Iterable[ConnectionRow]) -> set[int]:
    """The connections whose shops take returns that are opened here."""
    known = [row for row in connections if row.provider in shops.names()]
    return {row.id for row in known if isinstance(shop_of(ctx, connection=row), OpensReturns)}


def abilities_of(ctx: Ctx, *, connections: Iterable[ConnectionRow]) -> dict[int, Capabilities]:
    """What the shops behind connections can do, by connection; those of a kind that is no shop are left out."""
    return {row.id: shop_of(ctx, connection=row).can for row in connections if row.provider in shops.names()}


def find_withdrawn(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these (connection, external id) were called off before they came."""
    found = db.dicts(
        """SELECT connection_id, external_id FROM channels_withdrawn WHERE organisation_id = %s
              AND (connection_id, external_id) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))""",
        [ctx.organisation_id, [c for c, _ in keys], [e for _, e in keys]],
    )
    return {(line["connection_id"], line["external_id"]) for line in found}


def find_notice(ctx: Ctx, *, notice_id: int) -> NoticeRow | None:
    """One notice."""
    return db.one(NoticeRow, NOTICE + " WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, notice_id])


def notices_by_key(ctx: Ctx, *, keys: Sequence[str]) -> dict[str, NoticeRow]:
    """The notices that have these keys, by key; unknown ones are left out."""
    found = db.rows(NoticeRow, NOTICE + " WHERE organisation_id = %s AND key = ANY(%s)", [ctx.organisation_id, list(keys)])
    return {row.key: row for row in found}


def list_notices(ctx: Ctx, *, connection_id: int, limit: int = 20) -> list[NoticeRow]:
    """What a connection was told, newest first."""
    return db.rows(
        NoticeRow,
        NOTICE + " WHERE organisation_id = %s AND connection_id = %s ORDER BY id DESC LIMIT %s",
        [ctx.organisation_id, connection_id, limit],
    )


def find_untold(*, older_than: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Notices that wait since then, of every organisation, oldest first.  Shapes: (organisation id, notice id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM channels_notice WHERE state = 'queued' AND wanted_at < %s
            ORDER BY wanted_at LIMIT %s""",
        [older_than, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
