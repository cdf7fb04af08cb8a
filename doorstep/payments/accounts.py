"""Writes to accounts with payment providers: connected, reached, in use or not, and where they send webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from doorstep.base import jobs, vendors
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.payments import events, queries, rules
from doorstep.payments.queries import ACCOUNTS
from doorstep.payments.values import ACCOUNT_CODE_TAKEN


@transaction.atomic
def connect(ctx: Ctx, *, code: str, name: str, provider: str, settings: Mapping[str, str]) -> int:
    """Adds an account with an address for its webhooks; a job tells the provider where they go.

    Emits: AccountConnected.  Refuses: a taken code, bad addresses.
    """
    reached = rules.check_settings(settings)
    made = ACCOUNTS.add(ctx, code=code, name=name, provider=provider, settings=reached)
    if made is None:
        raise Refused(ACCOUNT_CODE_TAKEN, {"code": code})
    ACCOUNTS.record(ctx, events.ACCOUNT_CONNECTED, id=made, data={"name": name, "provider": provider})
    subscribe(ctx, account_id=made)
    return made


@transaction.atomic
def set_settings(ctx: Ctx, *, account_id: int, settings: Mapping[str, str]) -> None:
    """Says where a provider is reached and with which token, and asks it anew for its webhooks; its secret stays.

    Emits: AccountChanged, where anything differs.  Refuses: unknown accounts, bad addresses, another address without the token.
    """
    reached = rules.check_settings(settings)
    row = ACCOUNTS.lock(ctx, id=account_id)
    vendors.require_secret_anew(row.settings, reached)
    if row.settings | reached != row.settings:
        ACCOUNTS.merge_settings(ctx, id=account_id, settings=reached)
        ACCOUNTS.record(ctx, events.ACCOUNT_CHANGED, id=account_id, data={"name": row.name})
    subscribe(ctx, account_id=account_id)


@transaction.atomic
def set_active(ctx: Ctx, *, account_id: int, active: bool) -> None:
    """Retires an account, or takes it back into use; what it was asked for before is still settled.

    Emits: AccountRetired, AccountReturned.  Refuses: unknown ids.
    """
    row = queries.get_account(ctx, account_id=account_id)
    if ACCOUNTS.set_active(ctx, id=account_id, active=active):
        kind = events.ACCOUNT_RETURNED if active else events.ACCOUNT_RETIRED
        ACCOUNTS.record(ctx, kind, id=account_id, data={"name": row.name})


@transaction.atomic
def subscribe(ctx: Ctx, *, account_id: int) -> None:
    """Wishes for an account's webhooks; a job tells its provider where they go.  Its secret is made where there is none."""
    queries.get_account(ctx, account_id=account_id)
    ACCOUNTS.wish_for_webhooks(ctx, id=account_id)
    arguments = {"organisation_id": ctx.organisation_id, "account_id": account_id}
    jobs.defer("subscribe_payment_account", arguments=arguments, lock=f"payment_account:{account_id}")


@transaction.atomic
def note_subscribed(ctx: Ctx, *, account_id: int, wanted_at: datetime | None) -> None:
    """Notes that the provider took our address; a newer wish stays open.  Emits: AccountSubscribed."""
    ACCOUNTS.note_subscribed(ctx, id=account_id, wanted_at=wanted_at, emits=events.ACCOUNT_SUBSCRIBED)


@transaction.atomic
def note_problem(ctx: Ctx, *, account_id: int, problem: str) -> None:
    """Notes that the provider did not take our address.  Emits: AccountFailing, once until it does."""
    ACCOUNTS.note_problem(ctx, id=account_id, problem=problem, emits=events.ACCOUNT_FAILING)


@transaction.atomic
def note_heard(ctx: Ctx, *, account_id: int) -> None:
    """Notes that a webhook with the right signature came, which ends any problem."""
    ACCOUNTS.note_heard(ctx, id=account_id)


@transaction.atomic
def note_rejected(ctx: Ctx, *, account_id: int, reason: str) -> bool:
    """Leaves a trace of a webhook that nobody may send, at most once a minute.  Returns: whether.  Emits: AccountHookRejected."""
    return ACCOUNTS.note_rejected(ctx, id=account_id, reason=reason, emits=events.ACCOUNT_HOOK_REJECTED)
