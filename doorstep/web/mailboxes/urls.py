"""Addresses of Settings, Mailboxes."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.mailboxes import telling, views
from doorstep.web.parts import navigation
from doorstep.web.settings import sections

app_name = "mailboxes"
urlpatterns = [
    path("", views.index, name="index"),
    path("connect/", views.connect, name="connect"),
    path("<int:id>/", views.mailbox, name="mailbox"),
    path("<int:id>/retire/", views.retire, name="retire"),
    path("<int:id>/bring-back/", views.bring_back, name="bring_back"),
    path("<int:id>/change/", views.change, name="change"),
    path("<int:id>/test/", views.test, name="test"),
]

navigation.register_command(
    navigation.Command(_("Mailboxes"), "mailboxes:index", "mail", "settings:read", _("mail imap smtp support inbox"))
)
sections.register(
    sections.Section(
        "mailboxes", _("Mailboxes"), _("Where customers write to, and how answers leave."), "mailboxes:index", "mail",
        "connect",
    )
)  # fmt: skip
telling.register()
