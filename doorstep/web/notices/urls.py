"""Addresses of Settings, Notices."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.notices import telling, views
from doorstep.web.parts import navigation
from doorstep.web.settings import sections

app_name = "notices"
urlpatterns = [
    path("", views.index, name="index"),
    path("hours/", views.set_hours, name="hours"),
    path("opt-outs/", views.opt_outs_page, name="opt_outs"),
    path("opt-outs/end/", views.end_opt_out, name="end_opt_out"),
    path("sent/", views.sent, name="sent"),
    path("<str:kind>/", views.notice, name="notice"),
    path("<str:kind>/switch/", views.switch, name="switch"),
    path("<str:kind>/preview/", views.preview, name="preview"),
    path("<str:kind>/reset/", views.reset, name="reset"),
    path("<str:kind>/test/", views.test, name="test"),
]

navigation.register_command(
    navigation.Command(_("Notices"), "notices:index", "bell", "settings:read", _("mail sms templates quiet hours customers told"))
)
sections.register(
    sections.Section(
        "notices", _("Notices"), _("What customers are told of their orders, in which words, and when."), "notices:index", "bell",
        "organisation",
    )
)  # fmt: skip
telling.register()
