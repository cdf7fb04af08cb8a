"""Accounts with vendors: the steps that carriers, payment providers, mailboxes and shops have in common.

Each domain keeps its table, its words and whatever it does differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from doorstep.base import db, outbox, sealing, tokens
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop

PLACE = ("host", "port", "security", "username", "url", "auth_url", "bridge")
SECRET_AGAIN = Refusal(
    "secret_needed_again",
    gettext_noop("A password or token that is kept does not go to another place by itself."),
    gettext_noop("Give the password or token again."),
    status=422,
)
REJECTED_EVERY = timedelta(minutes=1)
HEARD_EVERY = timedelta(seconds=5)


class Reached(Protocol):
    """A row that says how its vendor is reached."""

    @property
    def settings(self) -> dict[str, str]: ...


Row = TypeVar("Row", bound=Reached)


def require_secret_anew(was: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Refuses another place to log in to without the secret that is used there: who may change a place may not read one."""
    if any(name in given and given[name] != was.get(name, "") for name in PLACE):
        for secret in ("password", "token", "client_secret", "refresh_token"):
            if was.get(secret) and secret not in given:
                raise Refused(SECRET_AGAIN, {"field": secret})


class Accounts(Generic[Row]):
    """The accounts of one domain.  `shape`: what is read of them; `kind`: how their timelines begin; `called`: by people."""

    def __init__(self, shape: Any, *, table: str, kind: str, called: str) -> None:
        self._shape, self._table, self._kind, self._called = shape, table, kind, called
        self._columns = ", ".join(field.name for field in fields(shape))

    def list(self, ctx: Ctx, *, order: str = "id", where: str = "TRUE", params: Sequence[Any] = ()) -> list[Row]:
        """Accounts, those in use first.  `order`, `where`: SQL of the domain's own."""
        sql = f"SELECT {self._columns} FROM {self._table} WHERE organisation_id = %s AND {where} ORDER BY active DESC, {order}"
        found = db.dicts(sql, [ctx.organisation_id, *params])
        return [self._shape(**(line | {"settings": sealing.unseal_settings(line["settings"])})) for line in found]

    def get(self, ctx: Ctx, *, id: int) -> Row:
        """One account.  Refuses: unknown ids."""
        found = self.list(ctx, where="id = %s", params=[id])
        if not found:
            raise Refused(NOT_FOUND, {"what": self._called, "key": id})
        return found[0]

    def lock(self, ctx: Ctx, *, id: int) -> Row:
        """One account that nobody else changes until the transaction ends.  Refuses: unknown ids.  Locks: the account."""
        sql = f"SELECT 1 FROM {self._table} WHERE organisation_id = %s AND id = %s FOR NO KEY UPDATE"
        db.execute(sql, [ctx.organisation_id, id])
        return self.get(ctx, id=id)

    def find_owner(self, *, slug: str, provider: str | None = None) -> tuple[int, int] | None:
        """Whose account a webhook's address names, retired ones too.  Shapes: (organisation id, account id)."""
        sql = f"SELECT organisation_id, id FROM {self._table} WHERE slug = %s AND provider = COALESCE(%s, provider)"
        found = db.dicts(sql, [slug, provider])
        return (found[0]["organisation_id"], found[0]["id"]) if found else None

    def find_unsubscribed(self, *, older_than: datetime) -> Sequence[tuple[int, int]]:
        """Those that should have learned since then where their webhooks go.  Shapes: (organisation id, account id)."""
        sql = f"SELECT organisation_id, id FROM {self._table} WHERE subscription_wanted_at < %s ORDER BY id"
        return [(line["organisation_id"], line["id"]) for line in db.dicts(sql, [older_than])]

    def add(self, ctx: Ctx, *, code: str, name: str, provider: str, settings: Mapping[str, str]) -> int | None:
        """A new account in use; None where another has its code."""
        made: int | None = db.scalar(
            f"""INSERT INTO {self._table} (organisation_id, code, name, provider, settings, active)
                VALUES (%s, %s, %s, %s, %s::jsonb, TRUE) ON CONFLICT (organisation_id, code) DO NOTHING RETURNING id""",
            [ctx.organisation_id, code, name, provider, db.as_json(sealing.seal_settings(settings))],
        )
        return made

    def merge_settings(self, ctx: Ctx, *, id: int, settings: Mapping[str, str]) -> None:
        """Changes how an account is reached; settings that are not told stay."""
        self._update(ctx, id, "settings = settings || %s::jsonb", [db.as_json(sealing.seal_settings(settings))])

    def set_active(self, ctx: Ctx, *, id: int, active: bool) -> bool:
        """Retires an account or takes it back into use.  Returns: whether it was not so before."""
        return self._update(ctx, id, "active = %s", [active], when="active <> %s", then=[active])

    def wish_for_webhooks(self, ctx: Ctx, *, id: int) -> None:
        """Leaves an open wish for an account's webhooks.  Its secret is made where there is none."""
        self._update(ctx, id, "subscription_wanted_at = %s", [ctx.now])
        if not self.get(ctx, id=id).settings.get("webhook_secret"):
            self.merge_settings(ctx, id=id, settings={"webhook_secret": tokens.new_hook_secret()})

    def note_subscribed(self, ctx: Ctx, *, id: int, wanted_at: datetime | None, emits: str) -> None:
        """Notes that a vendor took our address, which ends any problem; a newer wish stays open."""
        change = """subscribed_at = %s, problem = '', problem_at = NULL,
                    subscription_wanted_at = NULLIF(subscription_wanted_at, %s::timestamptz)"""
        self._update(ctx, id, change, [ctx.now, wanted_at])
        self.record(ctx, emits, id=id, data={})

    def note_problem(self, ctx: Ctx, *, id: int, problem: str, emits: str) -> None:
        """Notes what is wrong with an account: the first of it, until it is well again."""
        change = "problem = %s, problem_at = %s"
        if self._update(ctx, id, change, [problem[:500], ctx.now], when="problem = ''"):
            self.record(ctx, emits, id=id, data={"problem": problem[:200]})

    def note_heard(self, ctx: Ctx, *, id: int) -> None:
        """Notes that a webhook with the right signature came, which ends any problem."""
        change = "heard_at = %s, problem = '', problem_at = NULL"
        when = "(problem <> '' OR heard_at IS NULL OR heard_at < %s)"
        self._update(ctx, id, change, [ctx.now], when=when, then=[ctx.now - HEARD_EVERY])

    def note_rejected(self, ctx: Ctx, *, id: int, reason: str, emits: str) -> bool:
        """Leaves a trace of a call that nobody may make, at most once a minute, so that an attacker cannot fill the disk.

        Returns: whether it left one.
        """
        when, since = "(rejected_at IS NULL OR rejected_at <= %s)", ctx.now - REJECTED_EVERY
        left = self._update(ctx, id, "rejected_at = %s", [ctx.now], when=when, then=[since])
        if left:
            self.record(ctx, emits, id=id, data={"reason": reason[:200]})
        return left

    def reseal(self) -> int:
        """Seals the secrets of every organisation by today's key.  Returns: how many accounts changed."""
        return sealing.reseal(self._table, ["settings"])

    def record(self, ctx: Ctx, type_: str, *, id: int, data: dict[str, object]) -> None:
        """A line in the account's own timeline."""
        subject = f"{self._kind}:{id}"
        outbox.record(ctx, [Happened(type_, subject, subject, data)])

    def _update(
        self, ctx: Ctx, id: int, change: str, values: Sequence[Any], *, when: str = "TRUE", then: Sequence[Any] = ()
    ) -> bool:
        sql = f"UPDATE {self._table} SET {change} WHERE organisation_id = %s AND id = %s AND {when}"
        return bool(db.execute(sql, [*values, ctx.organisation_id, id, *then]))
