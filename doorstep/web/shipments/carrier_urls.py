"""Addresses of Settings, Carriers."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.settings import sections
from doorstep.web.shipments import settings_views, sheet_views

app_name = "carriers"
urlpatterns = [
    *settings_views.Carriers().paths(),
    path("own/", sheet_views.add, name="add_own"),
    path("rules/", sheet_views.rules, name="rules"),
    path("rules/save/", sheet_views.save_rules, name="save_rules"),
    path("<int:id>/sheet/", sheet_views.sheet, name="sheet"),
    path("<int:id>/numbers/", sheet_views.numbers, name="numbers"),
    path("<int:id>/reach/", sheet_views.reach, name="reach"),
    path("<int:id>/prefer/", settings_views.prefer, name="prefer"),
]

navigation.register_command(
    navigation.Command(_("Carriers"), "carriers:index", "truck", "settings:read", _("labels rates token connect"))
)
sections.register(
    sections.Section(
        "carriers", _("Carriers"), _("Who takes the parcels and sells the labels."), "carriers:index", "truck", "floor"
    )
)
