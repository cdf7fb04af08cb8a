"""Addresses of the channels pages."""

from __future__ import annotations

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.channels import queries
from doorstep.web.channels import (
    arrivals,
    connecting,
    drifting,
    files,
    listing_rows,
    listings,
    signing_in,
    store,
    telling,
    views,
)
from doorstep.web.channels.listing import LISTING
from doorstep.web.parts import exporting, navigation

app_name = "channels"
urlpatterns = [
    path("", views.index, name="index"),
    path("connect/", connecting.connect, name="connect"),
    path("connect/<str:provider>/", signing_in.sign_in, name="sign_in"),
    path("connect/<str:provider>/back/", signing_in.signed_in, name="signed_in"),
    path("store/", store.store, name="store"),
    path("files/add/", files.add, name="add_files"),
    path("<int:id>/files/", files.index, name="files"),
    path("<int:id>/files/<str:part>/shape/", files.shape, name="shape_file"),
    path("<int:id>/files/stock.csv", files.stock, name="stock_file"),
    path("<int:id>/files/shipments.csv", files.shipments, name="shipments_file"),
    path("<int:id>/files/offered/", files.offered, name="offered_file"),
    path("<int:id>/files/orders/", files.upload, name="upload_file"),
    path("<int:id>/files/orders/<int:arrival_id>/", files.mapping, name="file_columns"),
    path("<int:id>/files/orders/<int:arrival_id>/take/", files.take_in, name="take_file"),
    path("<int:id>/files/jobs/<int:job_id>/", files.job, name="file_job"),
    path("<int:id>/files/jobs/<int:job_id>/report.csv", files.report, name="file_report"),
    path("<int:id>/reach/", connecting.change, name="reach"),
    path("<int:id>/", views.connection, name="connection"),
    path("<int:id>/rename/", views.rename, name="rename"),
    path("<int:id>/pause/", views.pause, name="pause"),
    path("<int:id>/resume/", views.resume, name="resume"),
    path("<int:id>/introduce/", views.introduce, name="introduce"),
    path("<int:id>/listings/", listings.read, name="read_listings"),
    path("<int:id>/rule/", listings.common_rule, name="common_rule"),
    path("listings/", include([exporting.path_of(listing_rows.LISTING)])),
    path("listings/", listings.index, name="listings"),
    path("listings/<int:id>/", listings.listing, name="listing"),
    path("listings/<int:id>/link/", listings.link, name="link"),
    path("listings/<int:id>/ignore/", listings.ignore, name="ignore"),
    path("listings/<int:id>/rule/", listings.rule, name="rule"),
    path("drift/", include([exporting.path_of(drifting.LISTING)])),
    path("drift/", drifting.index, name="drift"),
    path("arrivals/", include([exporting.path_of(LISTING)])),
    path("arrivals/", arrivals.index, name="arrivals"),
    path("arrivals/<int:id>/", arrivals.arrival, name="arrival"),
    path("arrivals/<int:id>/replay/", arrivals.replay, name="replay"),
]


def failing(ctx: Ctx) -> int:
    """Connections that a person must look at."""
    return sum(row.health == "failing" for row in queries.list_connections(ctx))


navigation.register(
    navigation.Screen(
        "channels", _("Channels"), "channels:index", "plug-connected", "channels:read", key="h", count=failing
    ),
    navigation.Command(
        _("Listings"), "channels:listings", "list", "channels:read", _("mapping sku exposure why does the channel show")
    ),
    navigation.Command(_("Drift"), "channels:drift", "arrows-shuffle", "channels:read", _("channel shows wrong number")),
    navigation.Command(_("Arrivals"), "channels:arrivals", "inbox", "channels:read", _("webhooks raw payloads replay")),
)
telling.register()
