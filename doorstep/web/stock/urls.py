"""Addresses of the stock pages."""

from __future__ import annotations

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from doorstep.stock import count_queries
from doorstep.web.parts import exporting, navigation
from doorstep.web.stock import bookings, counting, counting_scan, ledger, promising, tasks, telling, views
from doorstep.web.stock.listing import LISTING

app_name = "stock"
urlpatterns = [
    path("", views.index, name="index"),
    exporting.path_of(LISTING),
    path("ledger/", ledger.index, name="ledger"),
    path("ledger/", include([exporting.path_of(ledger.LISTING)])),
    path("documents/<int:document_id>/", ledger.document, name="document"),
    path("adjust/", bookings.adjust, name="adjust"),
    path("condition/", bookings.condition, name="condition"),
    path("effect/", bookings.effect, name="effect"),
    path("counts/", counting.index, name="counts"),
    path("counts/new/", counting.new, name="count_new"),
    path("counts/limits/", counting.limits, name="count_limits"),
    path("counts/<int:sheet_id>/", counting.sheet, name="count_sheet"),
    path("counts/<int:sheet_id>/scan/", counting_scan.scan, name="count_scan"),
    path("counts/<int:sheet_id>/entries/", counting_scan.entries, name="count_entries"),
    path("counts/<int:sheet_id>/approve/", counting.approve, name="count_approve"),
    path("counts/<int:sheet_id>/again/", counting.again, name="count_again"),
    path("counts/<int:sheet_id>/finish/", counting.finish, name="count_finish"),
    path("counts/<int:sheet_id>/cancel/", counting.cancel, name="count_cancel"),
    path("<int:variant_id>/", views.variant, name="variant"),
    path("<int:variant_id>/change/", views.change, name="change"),
    path("<int:variant_id>/safety/", views.safety, name="safety"),
    path("<int:variant_id>/sell/", promising.sell, name="sell"),
    path("<int:variant_id>/release/", promising.release_cart, name="release_cart"),
    path("<int:variant_id>/bin/", views.set_bin, name="bin"),
]

navigation.register(
    navigation.Screen(
        "stock", _("Stock"), "stock:index", "packages", "stock:read", key="t", count=count_queries.count_open
    ),
    navigation.Command(_("Stock counts"), "stock:counts", "list-check", "stock:read", _("cycle count inventory recount")),
    navigation.Command(_("Stock ledger"), "stock:ledger", "history", "stock:read", _("movements history audit")),
    navigation.Command(_("Adjust stock"), "stock:adjust", "adjustments", "stock:write", _("found lost stolen")),
    navigation.Command(_("Damaged and quality control"), "stock:condition", "shield-check", "stock:write", _("write off")),
)
telling.register()
tasks.register()
