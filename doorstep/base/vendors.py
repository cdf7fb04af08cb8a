"""Accounts with vendors: what carriers, payment providers, warehouses, mailboxes, numbers and shops have in common.

Each domain keeps its table, its words and whatever it does differently.  A vendor is added by a declaration on its adapter
(`title`, `needs`, `steps`, see `base.registry`) and a line in `config.wiring`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

from django.conf import settings
from django.db import transaction

from doorstep.base import db, jobs, needs, outbox, outward, sealing, tokens
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.registry import Registry, VendorAccount
from doorstep.base.words import gettext_noop

PLACE = ("host", "port", "security", "username", "url", "auth_url", "bridge")
SECRET_AGAIN = Refusal(
    "secret_needed_again",
    gettext_noop("A password or token that is kept does not go to another place by itself."),
    gettext_noop("Give the password or token again."),
    status=422,
)
SILENT = Refusal(
    "vendor_silent",
    gettext_noop("%(name)s did not answer: %(problem)s"),
    gettext_noop("Check the address and the token, then try again."),
    status=502,
)
REJECTED_EVERY = timedelta(minutes=1)
HEARD_EVERY = timedelta(seconds=5)


class Reached(Protocol):
    """A row that says how its vendor is reached."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> dict[str, str]: ...


class Addressed(Protocol):
    """A row that webhooks name."""

    @property
    def provider(self) -> str: ...

    @property
    def slug(self) -> str: ...


Row = TypeVar("Row", bound=Reached)
Told = TypeVar("Told", bound=VendorAccount)


def require_secret_anew(was: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Refuses another place to log in to without the secret that is used there: who may change a place may not read one."""
    if any(name in given and given[name] != was.get(name, "") for name in PLACE):
        for secret in ("password", "token", "client_secret", "refresh_token"):
            if was.get(secret) and secret not in given:
                raise Refused(SECRET_AGAIN, {"field": secret})


def webhook_url(account: Addressed) -> str:
    """Where an account's webhooks go."""
    return f"{settings.PUBLIC_URL}/hooks/{account.provider}/{account.slug}"


class Accounts(Generic[Row]):
    """The accounts of one domain.  `shape`: what is read of them; `kind`: how their timelines begin; `called`: by people.

    Their events are called by the kind and what happened, such as carrier.connected; `events`: those that are called otherwise.
    `well_when_heard`: whether a vendor that calls us is well thereby.
    """

    def __init__(
        self, shape: Any, *, table: str, kind: str, called: str, events: Mapping[str, str] = MappingProxyType({}),
        well_when_heard: bool = True,
    ) -> None:  # fmt: skip
        self._shape, self._table, self._called = shape, table, called
        self.kind, self._events, self._well_when_heard = kind, events, well_when_heard
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

    def add(
        self, ctx: Ctx, *, code: str, name: str, provider: str, settings: Mapping[str, str], also: Mapping[str, Any]
    ) -> int | None:
        """A new account in use; None where another has its code.  `also`: columns of the domain's own."""
        columns = {
            "organisation_id": ctx.organisation_id, "code": code, "name": name, "provider": provider, "active": True,
            "settings": db.as_json(sealing.seal_settings(settings)), **also,
        }  # fmt: skip
        made: int | None = db.scalar(
            f"""INSERT INTO {self._table} ({", ".join(columns)}) VALUES ({", ".join(["%s"] * len(columns))})
                ON CONFLICT (organisation_id, code) DO NOTHING RETURNING id""",
            [*columns.values()],
        )
        return made

    def merge_settings(self, ctx: Ctx, *, id: int, settings: Mapping[str, str], ends: Sequence[str] = ()) -> None:
        """Changes how an account is reached; settings that are not told stay, but for those that end."""
        change, sealed = "settings = (settings - %s::text[]) || %s::jsonb", db.as_json(sealing.seal_settings(settings))
        self._update(ctx, id, change, [[*ends], sealed])

    @transaction.atomic
    def set_active(self, ctx: Ctx, *, id: int, active: bool) -> bool:
        """Retires an account, or takes it back into use; what it was asked for before is still settled.

        Returns: whether it was not so before.  Emits: retired, returned.  Refuses: unknown ids.
        """
        row = self.get(ctx, id=id)
        changed = self._update(ctx, id, "active = %s", [active], when="active <> %s", then=[active])
        if changed:
            self._happened(ctx, "returned" if active else "retired", id, {"name": row.name})
        return changed

    @transaction.atomic
    def note_problem(self, ctx: Ctx, *, id: int, problem: str) -> None:
        """Notes what is wrong with an account: the first of it, until it is well again.  Emits: failing, once until then."""
        change = "problem = %s, problem_at = %s"
        if self._update(ctx, id, change, [problem[:500], ctx.now], when="problem = ''"):
            self._happened(ctx, "failing", id, {"problem": problem[:200]})

    @transaction.atomic
    def note_well(self, ctx: Ctx, *, id: int) -> None:
        """Notes that a vendor answers, which ends any problem."""
        self._update(ctx, id, "problem = '', problem_at = NULL", [], when="problem <> ''")

    @transaction.atomic
    def note_heard(self, ctx: Ctx, *, id: int) -> None:
        """Notes that a call with the right signature came, at most every few seconds."""
        ends, when = ("", "") if not self._well_when_heard else (", problem = '', problem_at = NULL", "problem <> '' OR ")
        when = f"({when}heard_at IS NULL OR heard_at < %s)"
        self._update(ctx, id, f"heard_at = %s{ends}", [ctx.now], when=when, then=[ctx.now - HEARD_EVERY])

    @transaction.atomic
    def note_rejected(self, ctx: Ctx, *, id: int, reason: str) -> bool:
        """Leaves a trace of a call that nobody may make, at most once a minute, so that an attacker cannot fill the disk.

        Returns: whether it left one.
        """
        when, since = "(rejected_at IS NULL OR rejected_at <= %s)", ctx.now - REJECTED_EVERY
        left = self._update(ctx, id, "rejected_at = %s", [ctx.now], when=when, then=[since])
        if left:
            self._happened(ctx, "hook_rejected", id, {"reason": reason[:200]})
        return left

    def reseal(self) -> int:
        """Seals the secrets of every organisation by today's key.  Returns: how many accounts changed."""
        return sealing.reseal(self._table, ["settings"])

    def record(self, ctx: Ctx, type_: str, *, id: int, data: dict[str, object]) -> None:
        """A line in the account's own timeline."""
        subject = f"{self.kind}:{id}"
        outbox.record(ctx, [Happened(type_, subject, subject, data)])

    def _happened(self, ctx: Ctx, what: str, id: int, data: dict[str, object]) -> None:
        self.record(ctx, self._events.get(what, f"{self.kind}.{what}"), id=id, data=data)

    def _update(
        self, ctx: Ctx, id: int, change: str, values: Sequence[Any], *, when: str = "TRUE", then: Sequence[Any] = ()
    ) -> bool:
        sql = f"UPDATE {self._table} SET {change} WHERE organisation_id = %s AND id = %s AND {when}"
        return bool(db.execute(sql, [*values, ctx.organisation_id, id, *then]))


class WebhookAccounts(Accounts[Told]):
    """Accounts whose vendors are told where to send: connected, reached, in use or not, and subscribed to.

    `taken`: the refusal of a code that another has; `job`: what tells a vendor our address, with `id_name` in its arguments;
    `pushes`: whether a vendor sends anything by itself.
    """

    def __init__(
        self, shape: Any, *, table: str, kind: str, called: str, vendors: Registry[Any], taken: Refusal, job: str, id_name: str,
        pushes: Callable[[str], bool] = lambda _provider: True,
    ) -> None:  # fmt: skip
        super().__init__(shape, table=table, kind=kind, called=called)
        self._vendors, self._taken, self._job, self._id_name = vendors, taken, job, id_name
        self._pushes = pushes

    @transaction.atomic
    def connect(
        self, ctx: Ctx, *, code: str, name: str, provider: str, settings: Mapping[str, str],
        also: Mapping[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Adds an account with an address for its webhooks; a job tells its vendor where they go.

        Emits: connected.  Refuses: a taken code, what its vendor needs and was not given, bad addresses.
        """
        reached = outward.checked(needs.check(settings, needs=self._vendors.needs_of(provider)))
        made = self.add(ctx, code=code, name=name, provider=provider, settings=reached, also=also or {})
        if made is None:
            raise Refused(self._taken, {"code": code})
        self._happened(ctx, "connected", made, {"name": name, "provider": provider})
        self._tell(ctx, id=made, provider=provider)
        return made

    @transaction.atomic
    def set_settings(self, ctx: Ctx, *, id: int, settings: Mapping[str, str]) -> None:
        """Says how a vendor is reached, and asks it anew for its webhooks; what is not told stays, what is told as "" ends.

        Emits: changed, where anything differs.  Locks: the account.
        Refuses: unknown accounts, bad addresses, another place without the secret that is used there.
        """
        row = self.lock(ctx, id=id)
        asked = self._vendors.needs_of(row.provider)
        reached = outward.checked(needs.check({**row.settings, **settings}, needs=asked))
        require_secret_anew(row.settings, {name: reached.get(name, "") for name in settings})
        ends = [need.name for need in asked if need.name in row.settings and need.name not in reached]
        if ends or row.settings | reached != row.settings:
            self.merge_settings(ctx, id=id, settings=reached, ends=ends)
            self._happened(ctx, "changed", id, {"name": row.name, "url": reached.get("url", "")})
        self._tell(ctx, id=id, provider=row.provider)

    @transaction.atomic
    def subscribe(self, ctx: Ctx, *, id: int) -> None:
        """Wishes for an account's webhooks; a job tells its vendor where they go.  Its secret is made where there is none."""
        row = self.get(ctx, id=id)
        self._update(ctx, id, "subscription_wanted_at = %s", [ctx.now])
        if not row.settings.get("webhook_secret"):
            self.merge_settings(ctx, id=id, settings={"webhook_secret": tokens.new_hook_secret()})
        arguments = {"organisation_id": ctx.organisation_id, self._id_name: id}
        jobs.defer(self._job, arguments=arguments, lock=f"{self.kind}:{id}")

    @transaction.atomic
    def note_subscribed(self, ctx: Ctx, *, id: int, wanted_at: datetime | None) -> None:
        """Notes that a vendor took our address, which ends any problem; a newer wish stays open.  Emits: subscribed."""
        change = """subscribed_at = %s, problem = '', problem_at = NULL,
                    subscription_wanted_at = NULLIF(subscription_wanted_at, %s::timestamptz)"""
        self._update(ctx, id, change, [ctx.now, wanted_at])
        self._happened(ctx, "subscribed", id, {})

    def find_unsubscribed(self, *, older_than: datetime) -> Sequence[tuple[int, int]]:
        """Those that should have learned since then where their webhooks go.  Shapes: (organisation id, account id)."""
        sql = f"SELECT organisation_id, id FROM {self._table} WHERE subscription_wanted_at < %s ORDER BY id"
        return [(line["organisation_id"], line["id"]) for line in db.dicts(sql, [older_than])]

    def _tell(self, ctx: Ctx, *, id: int, provider: str) -> None:
        """A vendor that nobody wired any more is told as before."""
        if provider not in self._vendors.names() or self._pushes(provider):
            self.subscribe(ctx, id=id)
