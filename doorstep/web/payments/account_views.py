"""Settings, Payments: who takes the money, and how they are reached."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import arrivals
from doorstep.base.ctx import Ctx
from doorstep.flows import pay
from doorstep.payments import queries
from doorstep.payments.port import payments
from doorstep.payments.values import AccountRow
from doorstep.web.settings.vendors import WebhookPages, Words

NOBODYS_KEY = "test"


class Accounts(WebhookPages[AccountRow]):
    """Payment accounts; one of them takes the money of new orders."""

    space, one, source = "payment_accounts", "account", arrivals.PAYMENT
    vendors, accounts = payments, queries.ACCOUNTS
    usual_url = settings.SANDBOX_PAYMENT_URL
    taken = {"payment_account_code_taken": "name"}
    words = Words(
        title=_("Payments"), icon="credit-card",
        about=_("An order that comes with a payment method is authorised here and captured when its parcel leaves."),
        empty=_("No payment account is connected"),
        empty_says=_(
            "Orders that are paid elsewhere need none. Connect one, and orders with a payment method are authorised and captured "
            "by themselves."
        ),
        connect=_("Connect an account"), saved=_("The payment account is saved."),
        retired=_("No new order is authorised there any more."),
        retire_says=_(
            "No new order is authorised there any more. What was authorised there is still captured, voided and refunded there. "
            "You can take it back into use."
        ),
        returned=_("The payment account is in use again."), told=_("The provider is being told where its webhooks go."),
        tell_again=_("Tell the provider again"),
        sends=_("The provider sends here; every delivery is signed. What it does not send is asked for."),
        troubled=_("The provider does not know where its webhooks go."),
        troubled_says=_("It is told again by itself. Until then it is asked how everything stands, so nothing is lost."),
        first=_("Takes the money"), first_icon="credit-card",
    )  # fmt: skip

    def first(self, ctx: Ctx) -> AccountRow | None:
        """The account that takes the money of new orders."""
        return queries.find_default_account(ctx)

    def ask(self, ctx: Ctx, row: AccountRow) -> str:
        """Looks up a wish that nobody made."""
        pay.provider_of(ctx, row.id).find(NOBODYS_KEY)
        return gettext("%(name)s answers.") % {"name": row.name}
