"""Addresses of Settings, Customs."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.settings import sections
from doorstep.web.shipments import customs

app_name = "customs"
urlpatterns = [
    path("", customs.terms, name="index"),
    path("save/", customs.save_terms, name="save"),
    path("places/", customs.save_places, name="save_places"),
]

navigation.register_command(
    navigation.Command(_("Customs"), "customs:index", "world", "settings:read", _("incoterm duties IOSS EORI export border"))
)
sections.register(
    sections.Section(
        "customs", _("Customs"), _("Who pays duties, and under which numbers you export."), "customs:index", "world", "floor"
    )
)
