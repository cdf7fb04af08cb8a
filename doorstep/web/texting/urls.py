"""Addresses of Settings, Text messages."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.settings import sections
from doorstep.web.texting import telling, views

app_name = "texting"
urlpatterns = [
    path("", views.index, name="index"),
    path("connect/", views.connect, name="connect"),
    path("<int:id>/", views.account, name="account"),
    path("<int:id>/change/", views.change, name="change"),
    path("<int:id>/retire/", views.retire, name="retire"),
    path("<int:id>/bring-back/", views.bring_back, name="bring_back"),
    path("<int:id>/test/", views.test, name="test"),
]

navigation.register_command(
    navigation.Command(_("Text messages"), "texting:index", "message", "settings:read", _("sms texts twilio number"))
)
sections.register(
    sections.Section(
        "texting", _("Text messages"), _("The number that texts leave from, and who carries them."), "texting:index", "message",
        "connect",
    )
)  # fmt: skip
telling.register()
