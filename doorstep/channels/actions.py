"""Writes to channels."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from doorstep.base import db, jobs, outbox, sealing, tokens
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.vendors import require_secret_anew
from doorstep.channels import events, kinds, queries, rules
from doorstep.channels.port import shops
from doorstep.channels.values import (
    NAME_TAKEN,
    OTHER_SHOP,
    TILL,
    UNKNOWN_PROVIDER,
    ConnectionRow,
    NoticeRow,
    NoticeState,
    NoticeWish,
)

SEEN_EVERY = timedelta(seconds=5)
REARM_EVERY = timedelta(minutes=30)


@transaction.atomic
def connect(
    ctx: Ctx, *, provider: str, name: str, url: str, settings: Mapping[str, str] | None = None, currency: str = ""
) -> ConnectionRow:
    """Adds a connection with an address of its own and a fresh secret; a job introduces us to the shop.

    `settings`: what else the provider needs; its secrets are sealed.
    Emits: ConnectionConnected.  Refuses: unknown providers, a name that is taken, bad addresses, settings that are missing.
    """
    if provider not in shops.names():
        raise Refused(UNKNOWN_PROVIDER, {"provider": provider[:30], "choices": ", ".join(shops.names())})
    called = rules.check_name(name)
    wanted = {"url": url, **(settings or {})}
    given = kinds.check(provider, wanted)
    secret = tokens.new_hook_secret()
    try:
        with transaction.atomic():
            id = db.scalar(
                """INSERT INTO channels_connection (organisation_id, provider, slug, name, secret, settings, currency, active,
                                                    problem, created_at)
                   VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, TRUE, '', %s) RETURNING id""",
                [
                    ctx.organisation_id, provider, secrets.token_hex(12), called, sealing.seal(secret),
                    db.as_json(sealing.seal_settings(given)), currency, ctx.now,
                ],
            )  # fmt: skip
    except IntegrityError:
        raise Refused(NAME_TAKEN, {"name": called}) from None
    _record(ctx, events.CONNECTED, id, {"name": called, "provider": provider})
    introduce(ctx, connection_id=id)
    return queries.get(ctx, connection_id=id)


@transaction.atomic
def ensure_file_connection(ctx: Ctx, *, name: str, currency: str = "") -> ConnectionRow:
    """The connection that orders read from files belong to, made where it is missing.

    Emits: ConnectionConnected when it is new.  Refuses: a name that a shop has, bad names.
    """
    called = rules.check_name(name)
    made = db.column(
        """INSERT INTO channels_connection (organisation_id, provider, slug, name, secret, settings, currency, active, problem,
                                            created_at)
           VALUES (%s, 'file', %s, %s, '', '{}', %s, TRUE, '', %s)
           ON CONFLICT (organisation_id, name) DO NOTHING RETURNING id""",
        [ctx.organisation_id, secrets.token_hex(12), called, currency, ctx.now],
    )
    if made:
        _record(ctx, events.CONNECTED, made[0], {"name": called, "provider": "file"})
    row = next(row for row in queries.list_connections(ctx) if row.name == called)
    if row.provider != "file":
        raise Refused(NAME_TAKEN, {"name": called})
    return row

@transaction.atomic
def ensure_till_connection(ctx: Ctx, *, location_id: int, shop: str, currency: str) -> ConnectionRow:
    """The connection that the sales of a shop's till belong to, made when the first comes.

    Emits: ConnectionConnected when it is new.
    """
    key = {"location_id": str(location_id)}
    found = queries.find_till(ctx, location_id=location_id)
    if found is not None:
        return found
    taken = {row.name for row in queries.list_connections(ctx)}
    called = next(name for n in itertools.count(1) if (name := f"{shop[:70]} ({n})" if n > 1 else shop[:80]) not in taken)
    made = db.column(
        """INSERT INTO channels_connection (organisation_id, provider, slug, name, secret, settings, currency, active, problem,
                                            created_at)
           VALUES (%s, %s, %s, %s, '', %s::jsonb, %s, TRUE, '', %s)
           ON CONFLICT (organisation_id, name) DO NOTHING RETURNING id""",
        [ctx.organisation_id, TILL, f"till{location_id}-{secrets.token_hex(8)}", called, db.as_json(key), currency, ctx.now],
    )
    if not made:  # somebody else was quicker
        return ensure_till_connection(ctx, location_id=location_id, shop=shop, currency=currency)
    _record(ctx, events.CONNECTED, made[0], {"name": called, "provider": TILL})
    return queries.get(ctx, connection_id=made[0])


@transaction.atomic
def introduce(ctx: Ctx, *, connection_id: int) -> None:
    """Asks for the shop to be told where its webhooks go."""
    queries.get(ctx, connection_id=connection_id)
    arguments = {"organisation_id": ctx.organisation_id, "connection_id": connection_id}
    jobs.defer("introduce_connection", arguments=arguments, lock=rules.lock_of(connection_id))


@transaction.atomic
def want_order(ctx: Ctx, *, connection_id: int, external_id: str) -> None:
    """Asks for an order to be fetched from its shop."""
    arguments = {"organisation_id": ctx.organisation_id, "connection_id": connection_id, "external_id": external_id}
    jobs.defer("read_order", arguments=arguments, lock=f"order:{connection_id}:{external_id}")


@transaction.atomic
def want_listings(ctx: Ctx, *, connection_id: int) -> None:
    """Asks for what a shop offers to be read anew, unless that is under way."""
    arguments, lock = {"organisation_id": ctx.organisation_id, "connection_id": connection_id}, f"listings:{connection_id}"
    if not jobs.live_locks([lock]):
        jobs.defer("read_listings", arguments=arguments, lock=lock)


@transaction.atomic
def rename(ctx: Ctx, *, connection_id: int, name: str) -> ConnectionRow:
    """Calls a connection something else.  Emits: ConnectionRenamed.  Refuses: a name that is taken."""
    was, called = queries.get(ctx, connection_id=connection_id), rules.check_name(name)
    try:
        with transaction.atomic():
            db.execute(
                "UPDATE channels_connection SET name = %s WHERE organisation_id = %s AND id = %s",
                [called, ctx.organisation_id, connection_id],
            )
    except IntegrityError:
        raise Refused(NAME_TAKEN, {"name": called}) from None
    if called != was.name:
        _record(ctx, events.RENAMED, connection_id, {"was": was.name, "is": called})
    return queries.get(ctx, connection_id=connection_id)


@transaction.atomic
def move(ctx: Ctx, *, connection_id: int, url: str) -> ConnectionRow:
    """Says where a shop is reached now; a job introduces us anew, also where the address stays.

    Emits: ConnectionMoved, where it differs.  Refuses: bad addresses, unknown ids.
    """
    return reach(ctx, connection_id=connection_id, settings={"url": url}, same_shop=True)


@transaction.atomic
def reach(ctx: Ctx, *, connection_id: int, settings: Mapping[str, str], same_shop: bool = False) -> ConnectionRow:
    """Says anew how a shop is reached; what is not told stays, what is told as "" goes. A job introduces us anew.

    What came with a token goes with it: another token that somebody gives is not renewed by the grant of the last one.
    `same_shop`: somebody says that it is the same one, although what tells shops apart differs: ids of orders and listings are
    the shop's own, so those of another would be taken for these.
    Emits: ConnectionMoved, where its address differs.  Locks: the connection.
    Refuses: bad addresses, unknown ids, another address without the secrets that are used there, and another shop.
    """
    was = queries.CONNECTIONS.lock(ctx, id=connection_id)
    require_secret_anew(was.settings, settings)
    needs = shops.needs_of(was.provider)
    came = {need.name for need in needs if need.hidden and need.name not in settings} if "token" in settings else set()
    given = kinds.check(was.provider, {**{k: v for k, v in was.settings.items() if k not in came}, **settings})
    if was.last_seen_at is not None and not same_shop and kinds.is_other(was.provider, was.settings, given):
        raise Refused(OTHER_SHOP, {"name": was.name})
    ends = [need.name for need in needs if need.name not in given]
    db.execute(
        """UPDATE channels_connection SET settings = (settings - %s::text[]) || %s::jsonb, introduced_at = NULL, problem = '',
                  problem_at = NULL WHERE organisation_id = %s AND id = %s""",
        [ends, db.as_json(sealing.seal_settings(given)), ctx.organisation_id, connection_id],
    )
    if was.settings.get("url") != given.get("url"):
        _record(ctx, events.MOVED, connection_id, {"was": was.settings.get("url", ""), "is": given.get("url", "")})
    introduce(ctx, connection_id=connection_id)
    return queries.get(ctx, connection_id=connection_id)


@transaction.atomic
def set_active(ctx: Ctx, *, connection_id: int, active: bool) -> ConnectionRow:
    """Pauses or resumes a connection; while it is paused its webhooks are kept but not read.

    Emits: ConnectionPaused, ConnectionResumed.
    """
    queries.CONNECTIONS.set_active(ctx, id=connection_id, active=active)
    return queries.get(ctx, connection_id=connection_id)


@transaction.atomic
def note_seen(ctx: Ctx, *, connection_id: int, introduced: bool = False, until: datetime | None = None) -> None:
    """Notes that the shop answered or called, which ends any problem.  `until`: reconciled up to here, its clock."""
    db.execute(
        """UPDATE channels_connection
              SET last_seen_at = %s, problem = '', problem_at = NULL,
                  introduced_at = CASE WHEN %s THEN %s ELSE introduced_at END,
                  reconciled_until = GREATEST(reconciled_until, %s::timestamptz)
            WHERE organisation_id = %s AND id = %s
              AND (%s OR %s::timestamptz IS NOT NULL OR problem <> '' OR last_seen_at IS NULL OR last_seen_at < %s)""",
        [
            ctx.now, introduced, ctx.now, until, ctx.organisation_id, connection_id, introduced, until,
            ctx.now - SEEN_EVERY,
        ],
    )  # fmt: skip
    if introduced:
        _record(ctx, events.INTRODUCED, connection_id, {})


@transaction.atomic
def note_refunds_read(ctx: Ctx, *, connection_id: int, until: datetime) -> None:
    """Notes that a shop was asked for all that it gave back until then."""
    db.execute(
        "UPDATE channels_connection SET refunds_until = GREATEST(refunds_until, %s) WHERE organisation_id = %s AND id = %s",
        [until, ctx.organisation_id, connection_id],
    )


@transaction.atomic
def note_denied(ctx: Ctx, *, connection_id: int, what: str, is_denied: bool) -> None:
    """Notes that a shop does not let us do something, or that it does (again).  `what`: as `kinds.denied_of` calls it."""
    key = [ctx.organisation_id, connection_id, what]
    if is_denied:
        db.execute(
            """UPDATE channels_connection SET denied = denied || jsonb_build_object(%s::text, %s::text)
                WHERE organisation_id = %s AND id = %s AND NOT denied ? %s""",
            [what, ctx.now.isoformat(), *key],
        )
    else:
        db.execute(
            "UPDATE channels_connection SET denied = denied - %s WHERE organisation_id = %s AND id = %s AND denied ? %s",
            [what, *key],
        )


@transaction.atomic
def note_interrupted(ctx: Ctx, *, connection_id: int, resume: Mapping[str, str]) -> None:
    """Notes where a reconciliation was interrupted, so that the next goes on there; nothing, where it came to its end."""
    db.execute(
        "UPDATE channels_connection SET resume = %s::jsonb WHERE organisation_id = %s AND id = %s AND resume <> %s::jsonb",
        [db.as_json(dict(resume)), ctx.organisation_id, connection_id, db.as_json(dict(resume))],
    )


@transaction.atomic
def note_silent(ctx: Ctx, *, connection_id: int, since: datetime) -> bool:
    """Notes that a shop has something new and sent no webhook since: it is told anew where they go, now and then.

    Returns: whether it is told.  Emits: HookSilent.
    """
    silent = db.execute(
        """UPDATE channels_connection SET rearmed_at = %s
            WHERE organisation_id = %s AND id = %s AND (heard_at IS NULL OR heard_at < %s)
              AND introduced_at IS NOT NULL AND introduced_at < %s AND (rearmed_at IS NULL OR rearmed_at < %s)""",
        [ctx.now, ctx.organisation_id, connection_id, since, since, ctx.now - REARM_EVERY],
    )
    if silent:
        _record(ctx, events.HOOK_SILENT, connection_id, {"since": since.isoformat()})
        introduce(ctx, connection_id=connection_id)
    return bool(silent)


@transaction.atomic
def note_problem(ctx: Ctx, *, connection_id: int, problem: str) -> None:
    """Notes that the shop cannot be reached.  Emits: ConnectionFailing, once until it answers again."""
    queries.CONNECTIONS.note_problem(ctx, id=connection_id, problem=problem)


@transaction.atomic
def withdraw(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> None:
    """Remembers orders that were called off before they came.  Shapes: (connection id, external id)."""
    db.execute(
        """INSERT INTO channels_withdrawn (organisation_id, connection_id, external_id, at)
           SELECT %s, u.c, u.e, %s FROM unnest(%s::bigint[], %s::text[]) u(c, e) ORDER BY u.c, u.e
           ON CONFLICT (organisation_id, connection_id, external_id) DO NOTHING""",
        [ctx.organisation_id, ctx.now, [c for c, _ in keys], [e for _, e in keys]],
    )


@transaction.atomic
def intend(ctx: Ctx, *, wishes: Sequence[NoticeWish]) -> list[int]:
    """Wishes for channels to be told; a wish whose key is here already changes nothing.

    Returns: ids of the new notices, each with its job.
    """
    lines = [(w.connection_id, w.key, w.verb, w.subject, w.timeline, db.as_json(w.arguments)) for w in wishes]
    made = db.dicts(
        """INSERT INTO channels_notice (organisation_id, connection_id, key, verb, subject, timeline, arguments, state, problem,
                                        wanted_at)
           SELECT %s, u.c, u.k, u.v, u.s, u.t, u.a::jsonb, 'queued', '', %s
             FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) u(c, k, v, s, t, a)
           ON CONFLICT (organisation_id, key) DO NOTHING RETURNING id, connection_id""",
        [ctx.organisation_id, ctx.now, *db.columns(lines, 6)],
    )
    for line in made:
        ask(ctx, notice_id=line["id"], connection_id=line["connection_id"])
    return [line["id"] for line in made]


def ask(ctx: Ctx, *, notice_id: int, connection_id: int, again: bool = False) -> None:
    """Asks the worker to tell one notice; those of one connection never overlap.  `again`: by a timer."""
    defer = jobs.defer_again if again else jobs.defer
    arguments = {"organisation_id": ctx.organisation_id, "notice_id": notice_id}
    defer("tell_channel", arguments=arguments, lock=f"connection:{connection_id}")


@transaction.atomic
def settle(ctx: Ctx, *, notice_id: int, to: NoticeState, problem: str = "") -> NoticeRow:
    """Notes what became of a notice; one that is settled already stays as it is.  Emits: ChannelTold, ChannelNotTold."""
    done = db.execute(
        """UPDATE channels_notice SET state = %s, problem = %s, settled_at = %s
            WHERE organisation_id = %s AND id = %s AND state = 'queued'""",
        [to.value, problem[:500], ctx.now, ctx.organisation_id, notice_id],
    )
    row = queries.find_notice(ctx, notice_id=notice_id)
    if row is None:
        raise Refused(NOT_FOUND, {"what": "notice", "key": notice_id})
    if done:
        told = to is NoticeState.TOLD
        data = {"verb": row.verb, "connection_id": row.connection_id} | ({} if told else {"problem": problem[:200]})
        outbox.record(ctx, [Happened(events.TOLD if told else events.NOT_TOLD, row.subject, row.timeline, data)])
    return row


@transaction.atomic
def note_named(ctx: Ctx, *, notice_id: int, named: Mapping[str, str]) -> None:
    """Notes how a shop names what it was told of."""
    db.execute(
        "UPDATE channels_notice SET arguments = arguments || %s::jsonb WHERE organisation_id = %s AND id = %s",
        [db.as_json(dict(named)), ctx.organisation_id, notice_id],
    )


def _record(ctx: Ctx, type: str, connection_id: int, data: dict[str, object]) -> None:
    queries.CONNECTIONS.record(ctx, type, id=connection_id, data=data)


def lock_orders(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> None:
    """Lets nobody else take or call off these orders until the transaction ends.  Shapes: (connection id, external id).

    Locks: advisory, ascending by (connection, external id), before anything of the orders themselves.
    """
    for connection_id, external_id in sorted(set(keys)):
        name = f"order:{ctx.organisation_id}:{connection_id}:{external_id}"
        db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
