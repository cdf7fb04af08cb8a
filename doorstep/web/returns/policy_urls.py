"""Addresses of Settings, Returns policy."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.returns import policy_views
from doorstep.web.settings import sections

app_name = "return_policy"
urlpatterns = [
    path("", policy_views.index, name="index"),
    path("edit/", policy_views.edit, name="edit"),
    path("json/", policy_views.as_json, name="json"),
    path("<int:number>/", policy_views.version, name="version"),
]

navigation.register_command(
    navigation.Command(
        _("Returns policy"), "return_policy:index", "truck-return", "settings:read", _("rules window refund final sale")
    )
)
sections.register(
    sections.Section(
        "return_policy",
        _("Returns policy"),
        _("What goes back, until when, and when a person decides."),
        "return_policy:index",
        "truck-return",
        "organisation",
    )
)
