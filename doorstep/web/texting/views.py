"""Settings, Text messages: the numbers that texts leave from, and how they are doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import arrivals
from doorstep.base.ctx import Ctx
from doorstep.base.needs import Need
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import send_text
from doorstep.messaging import queries, texting
from doorstep.messaging.port import texters
from doorstep.messaging.values import DOES_NOT_OPEN, SmsAccountRow
from doorstep.web.mailboxes import telling as problems
from doorstep.web.mailboxes.views import LOOKS
from doorstep.web.parts import states
from doorstep.web.parts.asking import Field, field_of
from doorstep.web.parts.given import keepable
from doorstep.web.parts.pages import StaffRequest
from doorstep.web.settings.vendors import Pages, Words
from doorstep.web.settings.views import Errors

NEW = states.Look(states.MOVING, "clock", _("Nothing heard yet"))
ON = states.Look(states.DONE, "check", _("In use"))
NAME = Need("name", gettext_noop("Name"), gettext_noop("For yourselves, such as Notices."))
NUMBER = Need(
    "number", gettext_noop("Number or sender"),
    gettext_noop("With its country; or a sender name, or the SID of a messaging service."),
)  # fmt: skip


class Numbers(Pages[SmsAccountRow]):
    """Numbers that texts leave from; whoever connects one is told at once whether its account opens."""

    space, one, source = "texting", "account", arrivals.TEXT
    vendors, accounts = texters, queries.SMS_ACCOUNTS
    usual_url = settings.SANDBOX_VENDORS.get("phone", "")
    taken = {"sms_account_taken": "name"}
    heads = (_("Number"),)
    tries_at_once = True
    template = "texting_account"
    words = Words(
        title=_("Text messages"), icon="message", state=_("State"),
        about=_("Notices leave from this number, and what customers answer lands in the inbox."),
        empty=_("No number is connected"),
        empty_says=_("With an account at Twilio customers get the notices you choose as text messages, and can answer them."),
        connect=_("Connect a number"), saved="", retired=_("No texts leave from this number any more."),
        retire_says=_("No texts leave from it any more. What was sent stays, and you can take it back into use."),
        returned=_("The number is in use again."), troubled=_("Texts cannot leave now."), troubled_says="",
    )  # fmt: skip

    def look(self, row: SmsAccountRow) -> states.Look:
        """Whether texts can leave."""
        return {"on": ON, "new": NEW}.get(row.look) or LOOKS[row.look]

    def cells(self, ctx: Ctx, rows: Sequence[SmsAccountRow]) -> Mapping[int, tuple[str, ...]]:
        """The number of each."""
        return {row.id: (row.number,) for row in rows}

    def offered(self) -> Sequence[str]:
        """Sandbox phones only where there are some."""
        return [name for name in reversed(super().offered()) if name != "sandbox_phone" or self.usual_url]

    def own_fields(self, request: StaffRequest, row: SmsAccountRow | None, errors: Errors) -> Sequence[Field]:
        """What it is called, where that is changed, and its number."""
        asked = [NAME, NUMBER] if row else [NUMBER]
        usual = {"name": row.name, "number": row.number} if row else {}
        return [field_of(need, request, usual, errors) for need in asked]

    def connect(self, request: StaffRequest, *, code: str, name: str, provider: str, settings: Mapping[str, str]) -> int:
        """Refuses: as `texting.connect`."""
        number = keepable(request.POST.get("number", ""))
        return texting.connect(request.ctx, name=name, number=number, provider=provider, settings=settings)

    def change(self, request: StaffRequest, row: SmsAccountRow, settings: Mapping[str, str]) -> None:
        """Refuses: as `texting.change`."""
        name, number = (keepable(request.POST.get(name, "")) for name in ("name", "number"))
        texting.change(request.ctx, account_id=row.id, name=name, number=number, settings=settings)

    def ask(self, ctx: Ctx, row: SmsAccountRow) -> str:
        """Opens the account, and tells its vendor where texts and receipts go.  Refuses: one that does not open."""
        trouble = send_text.subscribe(ctx, account_id=row.id)
        if trouble is not None:
            facts = {"name": row.name, "says": problems.says(str(trouble)), "detail": trouble.detail[:200]}
            raise Refused(DOES_NOT_OPEN, facts)
        return gettext("%(name)s opens. Texts can leave.") % {"name": row.name}

    def facts(self, request: StaffRequest, row: SmsAccountRow) -> dict[str, Any]:
        """What is wrong with it in words, and whether notices leave from it."""
        default = queries.find_default_sms_account(request.ctx)
        says = problems.says(row.problem) if row.problem else ""
        return {"says": says, "is_default": default is not None and default.id == row.id}
