"""Addresses of the shipments."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.shipping import queries
from doorstep.shipping.values import ParcelFilter
from doorstep.web.parts import exporting, navigation
from doorstep.web.shipments import addresses, customs, exceptions, manifests, numbers, rating, tasks, telling, views
from doorstep.web.shipments.listing import LISTING

app_name = "shipments"
urlpatterns = [
    path("", views.index, name="index"),
    exporting.path_of(LISTING),
    path("exceptions/", exceptions.index, name="exceptions"),
    path("exceptions/", include([exporting.path_of(exceptions.LISTING)])),
    path("exceptions/<int:id>/", exceptions.one, name="exception"),
    path("exceptions/<int:id>/wait/", exceptions.wait, name="wait"),
    path("exceptions/<int:id>/done/", exceptions.done, name="done"),
    path("codes/", numbers.unknown_codes, name="codes"),
    path("codes/name/", numbers.name_code, name="name_code"),
    path("<int:id>/number/", numbers.type_number, name="type_number"),
    path("<int:id>/take-back/", exceptions.take_back, name="take_back"),
    path("<int:id>/", views.shipment, name="shipment"),
    path("<int:id>/reprint/", views.reprint, name="reprint"),
    path("<int:id>/label/", views.want_label, name="want_label"),
    path("<int:id>/label.<str:language>", views.label_paper, name="label_paper"),
    path("<int:id>/label-file/", views.fetch_file, name="fetch_file"),
    path("<int:id>/customs/", customs.parcel, name="customs"),
    path("<int:id>/customs/declare/", customs.declare_parcel, name="declare"),
    path("<int:id>/void/", views.void, name="void"),
    path("<int:id>/rates/", rating.rates, name="rates"),
    path("<int:id>/rates/take/", rating.take, name="take_rate"),
    path("manifests/", manifests.index, name="manifests"),
    path("manifests/close/", manifests.close, name="close_day"),
    path("manifests/<int:id>/", manifests.manifest, name="manifest"),
    path("manifests/<int:id>/paper.pdf", manifests.paper, name="manifest_paper"),
    path("address/<int:order_id>/", addresses.decide, name="address"),
]


def search(ctx: Ctx, text: str) -> Sequence[navigation.Hit]:
    """Parcels for the command palette."""
    found = queries.list_parcels(ctx, where=ParcelFilter(text=text), limit=5)
    return [
        navigation.Hit(
            row.tracking_number or f"#{row.id}",
            str(row.ship_to.get("name", "")),
            reverse("shipments:shipment", args=[row.id]),
            "truck",
        )
        for row in found
    ]


navigation.register_command(
    navigation.Command(
        _("Shipments"), "shipments:index", "truck", "fulfilment:read", _("parcels tracking labels carrier")
    )
)
navigation.register_command(
    navigation.Command(
        _("Manifests"), "shipments:manifests", "checklist", "fulfilment:read", _("close the day scan form driver end of day")
    )
)
navigation.register_command(
    navigation.Command(
        _("Exceptions"), "shipments:exceptions", "alert-triangle", "fulfilment:read", _("late stalled lost customs parcels trouble")
    )
)
navigation.register_command(
    navigation.Command(
        _("Codes nobody knows"), "shipments:codes", "help", "fulfilment:read", _("tracking carrier unknown status mapping")
    )
)
navigation.register_search("shipments", label=_("Shipments"), permission="fulfilment:read", search=search)
telling.register()
tasks.register()
