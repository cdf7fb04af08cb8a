"""Addresses of Settings, Payments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.payments import account_views
from doorstep.web.settings import sections

app_name = "payment_accounts"
urlpatterns = account_views.Accounts().paths()

navigation.register_command(
    navigation.Command(
        _("Payments"), "payment_accounts:index", "credit-card", "settings:read", _("money provider token refunds connect")
    )
)
sections.register(
    sections.Section(
        "payment_accounts", _("Payments"), _("Who takes the money of orders."), "payment_accounts:index", "credit-card",
        "connect",
    )
)  # fmt: skip
