"""Addresses of Settings, Payments."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.payments import account_views
from doorstep.web.settings import sections

app_name = "payment_accounts"
urlpatterns = [
    path("", account_views.index, name="index"),
    path("connect/", account_views.connect, name="connect"),
    path("<int:id>/", account_views.account, name="account"),
    path("<int:id>/change/", account_views.change, name="change"),
    path("<int:id>/retire/", account_views.retire, name="retire"),
    path("<int:id>/bring-back/", account_views.bring_back, name="bring_back"),
    path("<int:id>/subscribe/", account_views.subscribe, name="subscribe"),
]

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
