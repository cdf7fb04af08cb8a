"""Addresses of Settings, Partner warehouses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.settings import sections
from doorstep.web.warehouses import tasks, telling, views

app_name = "warehouses"
urlpatterns = views.Warehouses().paths()

navigation.register_command(
    navigation.Command(
        _("Partner warehouses"), "warehouses:index", "building-warehouse", "settings:read", _("3PL WMS partner fulfilment connect")
    )
)
sections.register(
    sections.Section(
        "warehouses", _("Partner warehouses"), _("Locations that somebody else runs for you."), "warehouses:index",
        "building-warehouse", "floor",
    )
)  # fmt: skip
telling.register()
tasks.register()
