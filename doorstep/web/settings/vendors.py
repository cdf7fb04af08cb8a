"""Settings of one kind of vendor: carriers, payment providers, partner warehouses, numbers that texts leave from.

What kinds differ in is said by a class of each; the pages are the same.  Which fields a form has, its vendors declare.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import httpx
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts.rules import require_choice, require_text
from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.base.registry import Registry, VendorAccount
from doorstep.base.vendors import SILENT, Accounts, WebhookAccounts, webhook_url
from doorstep.web.parts import asking, states, timeline
from doorstep.web.parts.asking import Field
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.parts.views import back_to
from doorstep.web.settings.views import Errors, errors_of, show

Row = TypeVar("Row", bound=Any)
Told = TypeVar("Told", bound=VendorAccount)
Facts = dict[str, Any]
Text = str | Promise
WEBHOOKS = _("Webhooks")
WRITES = page("settings:write", methods=("POST",))
HOOKS = {
    "on": states.Look(states.DONE, "check", _("On")),
    "asked": states.Look(states.MOVING, "clock", _("Being set up")),
    "failing": states.Look(states.BROKEN, "alert-triangle", _("Failing")),
    "off": states.Look(states.OVER, "x", _("Off")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An account as pages show it: nothing secret among it.

    `asks`: its vendor needs something of a person.  `cells`: what its kind shows besides, under its `heads`.
    """

    id: int
    name: str
    vendor: str
    place: str
    active: bool
    look: states.Look
    is_first: bool
    asks: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A vendor that can be connected: what it can do, what one needs for it, and whose page that is found on ("" for none)."""

    name: str
    title: str
    can: tuple[Text, ...]
    needs: tuple[str, ...]
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the pages of one kind say.  `sends`: of webhooks that come; `troubled`: of an account with a problem."""

    title: Text
    about: Text
    icon: str
    empty: Text
    empty_says: Text
    connect: Text
    saved: Text
    retired: Text
    retire_says: Text
    returned: Text
    troubled: Text
    troubled_says: Text
    state: Text = WEBHOOKS
    told: Text = ""
    tell_again: Text = ""
    sends: Text = ""
    first: Text = ""
    first_icon: str = "check"


class Pages(ABC, Generic[Row]):
    """The pages of one kind.  `space`: of its addresses; `one`: what the page of an account is called there.

    `source`: what its deliveries are kept as.  `taken`: refusals that belong to a field.  `tries_at_once`: whoever connects or
    changes an account is told at once whether it opens.  `index_template`, `template`,
    `form_template`: its own, where it shows more than all do.
    """

    space: str
    one: str
    source: str
    words: Words
    vendors: Registry[Any]
    accounts: Accounts[Row]
    taken: Mapping[str, str] = MappingProxyType({})
    heads: tuple[Text, ...] = ()
    usual_url = ""
    tries_at_once = False
    index_template, template, form_template = "vendors", "vendor", "vendor_form"

    def list(self, ctx: Ctx) -> Sequence[Row]:
        """Every account, as lists show them."""
        return self.accounts.list(ctx)

    def first(self, ctx: Ctx) -> Row | None:
        """The account that is used first, where that is a question."""
        return None

    def look(self, row: Row) -> states.Look:
        """How an account is doing, at a glance."""
        return HOOKS[row.hooks]

    def cells(self, ctx: Ctx, rows: Sequence[Row]) -> Mapping[int, tuple[str, ...]]:
        """What a list shows of accounts besides, under `heads`."""
        return {}

    def offered(self) -> Sequence[str]:
        """Vendors that a person can connect by giving something."""
        return [name for name in self.vendors.names() if self.vendors.asked_of(name)]

    def can(self, provider: str) -> Sequence[Text]:
        """What a vendor can do, in a few words each; nothing where all of a kind can do the same."""
        return ()

    def kinds(self) -> Sequence[Kind]:
        """The vendors that can be connected."""
        return [
            Kind(
                name, gettext(self.vendors.title_of(name)), tuple(self.can(name)),
                tuple(gettext(need.label) for need in self.vendors.asked_of(name) if not need.optional),
                next((step.site for step in self.vendors.steps_of(name) if step.site), ""),
            )
            for name in self.offered()
        ]  # fmt: skip

    def own_fields(self, request: StaffRequest, row: Row | None, errors: Errors) -> Sequence[Field]:
        """What a form asks for besides what the vendor needs and the name."""
        return []

    @abstractmethod
    def connect(self, request: StaffRequest, *, code: str, name: str, provider: str, settings: Mapping[str, str]) -> int:
        """Adds an account.  Refuses: as its domain does."""

    @abstractmethod
    def change(self, request: StaffRequest, row: Row, settings: Mapping[str, str]) -> None:
        """Says how an account is reached.  Refuses: as its domain does."""

    def set_active(self, ctx: Ctx, *, id: int, active: bool) -> None:
        """Retires an account, or takes it back into use.  Refuses: as its domain does."""
        self.accounts.set_active(ctx, id=id, active=active)

    @abstractmethod
    def ask(self, ctx: Ctx, row: Row) -> str:
        """Asks a vendor something that changes nothing.  Returns: what to say of its answer.  Raises: httpx errors."""

    def facts(self, request: StaffRequest, row: Row) -> Facts:
        """What the page of an account shows besides."""
        return {}

    def lines(self, ctx: Ctx, rows: Sequence[Row]) -> Sequence[Line]:
        """Accounts as pages show them."""
        first, cells = self.first(ctx), self.cells(ctx, rows)
        return [
            Line(
                row.id, row.name, gettext(self.vendors.title_of(row.provider)), row.settings.get("url", ""), row.active,
                self.look(row), is_first=first is not None and first.id == row.id, asks=bool(self.vendors.asked_of(row.provider)),
                cells=cells.get(row.id, ()),
            )
            for row in rows
        ]  # fmt: skip

    def paths(self) -> Sequence[URLPattern]:
        """The addresses that all kinds share."""
        reads, forms = page("settings:read"), page("settings:write", methods=("GET", "HEAD", "POST"))
        found: Mapping[str, tuple[str, Callable[..., HttpResponseBase]]] = {
            "index": ("", reads(self._index)),
            "connect": ("connect/", forms(self._connect)),
            self.one: ("<int:id>/", reads(self._show_one)),
            "change": ("<int:id>/change/", forms(self._change)),
            "retire": ("<int:id>/retire/", WRITES(self._retire)),
            "bring_back": ("<int:id>/bring-back/", WRITES(self._bring_back)),
            "test": ("<int:id>/test/", WRITES(self._test)),
        }
        return [path(at, view, name=name) for name, (at, view) in found.items()]

    def _index(self, request: StaffRequest) -> HttpResponse:
        """Every account of the kind, and how it is doing."""
        lines = self.lines(request.ctx, self.list(request.ctx))
        facts = {"lines": lines, "heads": self.heads, "words": self.words, "space": self.space, "at": self._at}
        return show(request, self.index_template, facts)

    @property
    def _at(self) -> str:
        return f"{self.space}:{self.one}"

    def _connect(self, request: StaffRequest) -> HttpResponse:
        """Asks what kind of vendor it is, then for what that one needs; its secrets are never shown again."""
        offered = self.offered()
        provider = request.POST.get("provider", request.GET.get("provider", offered[0] if len(offered) == 1 else ""))
        if request.method != "POST":
            return self._form(request, provider if provider in offered else "", None, {})
        try:
            require_choice("provider", provider, list(offered))
            name = require_text("name", request.POST.get("name", ""), longest=80)
            code = (slugify(name, allow_unicode=True) or provider)[:30]
            settings = asking.given(request, self.vendors.asked_of(provider))
            id = self.connect(request, code=code, name=name, provider=provider, settings=settings)
        except Refused as refused:
            return self._form(request, provider if provider in offered else "", None, self._errors(refused))
        if self.tries_at_once:
            return self._try(request, id)
        messages.success(request, gettext("%(name)s is connected. Test it once.") % {"name": name})
        return redirect(self._at, id)

    def _change(self, request: StaffRequest, id: int) -> HttpResponse:
        """Says how a vendor is reached; a secret that is left empty stays, at the same address."""
        row = self.accounts.get(request.ctx, id=id)
        if request.method != "POST":
            return self._form(request, row.provider, row, {})
        try:
            self.change(request, row, asking.given(request, self.vendors.asked_of(row.provider), kept=True))
        except Refused as refused:
            return self._form(request, row.provider, row, self._errors(refused))
        if self.tries_at_once:
            return self._try(request, id)
        messages.success(request, str(self.words.saved))
        return redirect(self._at, id)

    def _errors(self, refused: Refused) -> Errors:
        if refused.code in self.taken:
            refused.facts["field"] = self.taken[refused.code]
        return errors_of(refused)

    def _form(self, request: StaffRequest, provider: str, row: Row | None, errors: Errors) -> HttpResponse:
        """The one form: to connect an account, and to change how it is reached."""
        usual = row.settings if row else {"url": self.usual_url if provider.startswith("sandbox") else ""}
        asked = self.vendors.asked_of(provider)
        aside = {need.name for need in asked if need.optional and not need.secret}
        fields = [asking.field_of(need, request, usual, errors, kept=row is not None) for need in asked]
        first = self.own_fields(request, row, errors) if provider else []
        facts = {
            "words": self.words, "space": self.space, "at": self._at, "row": row, "provider": provider,
            "vendor": gettext(self.vendors.title_of(provider)) if provider else "",
            "kinds": self.kinds(),
            "needed": [*first, *(one for one in fields if one.name not in aside)],
            "more": [one for one in fields if one.name in aside],
            "name": request.POST.get("name", ""), "errors": errors, "steps": self.vendors.steps_of(provider),
        }  # fmt: skip
        return show(request, self.form_template, facts, status=422 if errors else 200)

    def _show_one(self, request: StaffRequest, id: int) -> HttpResponse:
        """One account: what is wrong with it, how its webhooks are doing, and everything that happened to it."""
        row = self.accounts.get(request.ctx, id=id)
        [line] = self.lines(request.ctx, [row])
        facts = {
            "row": row, "line": line, "words": self.words, "space": self.space, "at": self._at, "source": self.source,
            "kind": self.accounts.kind, "besides": list(zip(self.heads, line.cells, strict=True)), "webhook_url": webhook_url(row),
            "items": timeline.told(outbox.timeline(request.ctx, of=[f"{self.accounts.kind}:{id}"], limit=50)),
            "troubled": self.words.troubled, "says": self.words.troubled_says, "pushes": bool(self.words.sends),
            **self.facts(request, row),
        }  # fmt: skip
        return show(request, self.template, facts)

    def _retire(self, request: StaffRequest, id: int) -> HttpResponse:
        """Takes an account out of use."""
        self.set_active(request.ctx, id=id, active=False)
        messages.success(request, str(self.words.retired))
        return redirect(self._at, id)

    def _bring_back(self, request: StaffRequest, id: int) -> HttpResponse:
        """Takes an account back into use."""
        self.set_active(request.ctx, id=id, active=True)
        messages.success(request, str(self.words.returned))
        return redirect(self._at, id)

    def _test(self, request: StaffRequest, id: int) -> HttpResponse:
        """Asks a vendor whether it answers us."""
        messages.success(request, self._ask(request.ctx, id))
        return HttpResponseRedirect(back_to(request, request.path.removesuffix("test/")))

    def _try(self, request: StaffRequest, id: int) -> HttpResponse:
        """Says whether an account opens; it is kept in any case."""
        try:
            messages.success(request, self._ask(request.ctx, id))
        except Refused as refused:
            messages.error(request, " ".join(words_of(refused)).strip())
        return redirect(self._at, id)

    def _ask(self, ctx: Ctx, id: int) -> str:
        row = self.accounts.get(ctx, id=id)
        try:
            return self.ask(ctx, row)
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            raise Refused(SILENT, {"name": row.name, "problem": str(trouble)[:200]}) from trouble


class WebhookPages(Pages[Told]):
    """The pages of a kind whose vendors are told where to send; what its domain does of its own, its class does."""

    accounts: WebhookAccounts[Told]

    def connect(self, request: StaffRequest, *, code: str, name: str, provider: str, settings: Mapping[str, str]) -> int:
        """Refuses: as `WebhookAccounts.connect`."""
        return self.accounts.connect(request.ctx, code=code, name=name, provider=provider, settings=settings)

    def change(self, request: StaffRequest, row: Told, settings: Mapping[str, str]) -> None:
        """Refuses: as `WebhookAccounts.set_settings`."""
        self.accounts.set_settings(request.ctx, id=row.id, settings=settings)

    def paths(self) -> Sequence[URLPattern]:
        """Those that all kinds share, and one by which a vendor is told again."""
        return [*super().paths(), path("<int:id>/subscribe/", WRITES(self._subscribe), name="subscribe")]

    def _subscribe(self, request: StaffRequest, id: int) -> HttpResponse:
        """Has a job tell a vendor again where its webhooks go."""
        self.accounts.subscribe(request.ctx, id=id)
        messages.success(request, str(self.words.told))
        return redirect(self._at, id)
