"""Writes to accounts with payment providers: connected, reached, in use or not, and where they send webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db, jobs, outbox, tokens
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import Refused
from doorstep.payments import events, queries, rules
from doorstep.payments.values import ACCOUNT_CODE_TAKEN

REJECTED_EVERY = timedelta(minutes=1)
HEARD_EVERY = timedelta(seconds=5)


@transaction.atomic
def connect(ctx: Ctx, *, code: str, name: str, provider: str, settings: Mapping[str, str]) -> int:
    """Adds an account with an address for its webhooks; a job tells the provider where they go.

    Emits: AccountConnected.  Refuses: a taken code, bad addresses.
    """
    reached = rules.check_settings(settings)
    made = db.column(
        """INSERT INTO payments_account (organisation_id, code, name, provider, settings, active)
           VALUES (%s, %s, %s, %s, %s::jsonb, TRUE) ON CONFLICT (organisation_id, code) DO NOTHING RETURNING id""",
        [ctx.organisation_id, code, name, provider, db.as_json(reached)],
    )
    if not made:
        raise Refused(ACCOUNT_CODE_TAKEN, {"code": code})
    record(ctx, events.ACCOUNT_CONNECTED, made[0], {"name": name, "provider": provider})
    subscribe(ctx, account_id=made[0])
    return int(made[0])


@transaction.atomic
def set_settings(ctx: Ctx, *, account_id: int, settings: Mapping[str, str]) -> None:
    """Says where a provider is reached and with which token, and asks it anew for its webhooks; its secret stays.

    Emits: AccountChanged, where anything differs.  Refuses: unknown accounts, bad addresses.
    """
    reached = rules.check_settings(settings)
    row = queries.get_account(ctx, account_id=account_id)
    kept = {**reached, "webhook_secret": row.settings.get("webhook_secret", "")}
    if kept != row.settings:
        db.execute(
            "UPDATE payments_account SET settings = %s::jsonb WHERE organisation_id = %s AND id = %s",
            [db.as_json(kept), ctx.organisation_id, account_id],
        )
        record(ctx, events.ACCOUNT_CHANGED, account_id, {"name": row.name})
    subscribe(ctx, account_id=account_id)


@transaction.atomic
def set_active(ctx: Ctx, *, account_id: int, active: bool) -> None:
    """Retires an account, or takes it back into use; what it was asked for before is still settled.

    Emits: AccountRetired, AccountReturned.  Refuses: unknown ids.
    """
    row = queries.get_account(ctx, account_id=account_id)
    changed = db.execute(
        "UPDATE payments_account SET active = %s WHERE organisation_id = %s AND id = %s AND active <> %s",
        [active, ctx.organisation_id, account_id, active],
    )
    if changed:
        record(ctx, events.ACCOUNT_RETURNED if active else events.ACCOUNT_RETIRED, account_id, {"name": row.name})


@transaction.atomic
def subscribe(ctx: Ctx, *, account_id: int) -> None:
    """Wishes for an account's webhooks; a job tells its provider where they go.  Its secret is made where there is none."""
    queries.get_account(ctx, account_id=account_id)
    db.execute(
        """UPDATE payments_account SET subscription_wanted_at = %s,
                  settings = jsonb_build_object('webhook_secret', %s::text) || settings
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, tokens.new_hook_secret(), ctx.organisation_id, account_id],
    )
    arguments = {"organisation_id": ctx.organisation_id, "account_id": account_id}
    jobs.defer("subscribe_payment_account", arguments=arguments, lock=f"payment_account:{account_id}")


@transaction.atomic
def note_subscribed(ctx: Ctx, *, account_id: int, wanted_at: datetime | None) -> None:
    """Notes that the provider took our address; a newer wish stays open.  Emits: AccountSubscribed."""
    db.execute(
        """UPDATE payments_account SET subscribed_at = %s, problem = '', problem_at = NULL,
                  subscription_wanted_at = NULLIF(subscription_wanted_at, %s::timestamptz)
            WHERE organisation_id = %s AND id = %s""",
        [ctx.now, wanted_at, ctx.organisation_id, account_id],
    )
    record(ctx, events.ACCOUNT_SUBSCRIBED, account_id, {})


@transaction.atomic
def note_problem(ctx: Ctx, *, account_id: int, problem: str) -> None:
    """Notes that the provider did not take our address.  Emits: AccountFailing, once until it does."""
    first = db.execute(
        """UPDATE payments_account SET problem = %s, problem_at = %s
            WHERE organisation_id = %s AND id = %s AND problem = ''""",
        [problem[:500], ctx.now, ctx.organisation_id, account_id],
    )
    if first:
        record(ctx, events.ACCOUNT_FAILING, account_id, {"problem": problem[:200]})


@transaction.atomic
def note_heard(ctx: Ctx, *, account_id: int) -> None:
    """Notes that a webhook with the right signature came, which ends any problem."""
    db.execute(
        """UPDATE payments_account SET heard_at = %s, problem = '', problem_at = NULL
            WHERE organisation_id = %s AND id = %s AND (problem <> '' OR heard_at IS NULL OR heard_at < %s)""",
        [ctx.now, ctx.organisation_id, account_id, ctx.now - HEARD_EVERY],
    )


@transaction.atomic
def note_rejected(ctx: Ctx, *, account_id: int, reason: str) -> bool:
    """Leaves a trace of a webhook that nobody may send, at most once a minute, so that an attacker cannot fill the disk.

    Returns: whether it left one.  Emits: AccountHookRejected.
    """
    left = db.execute(
        """UPDATE payments_account SET rejected_at = %s WHERE organisation_id = %s AND id = %s
              AND (rejected_at IS NULL OR rejected_at <= %s)""",
        [ctx.now, ctx.organisation_id, account_id, ctx.now - REJECTED_EVERY],
    )
    if left:
        record(ctx, events.ACCOUNT_HOOK_REJECTED, account_id, {"reason": reason[:200]})
    return bool(left)


def record(ctx: Ctx, type_: str, account_id: int, data: dict[str, object]) -> None:
    """A line in the account's own timeline."""
    subject = f"payment_account:{account_id}"
    outbox.record(ctx, [Happened(type_, subject, subject, data)])
