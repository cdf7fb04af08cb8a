"""Every address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from doorstep.web.live.views import events
from doorstep.web.parts import health
from doorstep.web.parts.sign_in import sign_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("events", events, name="events"),
    path("sign-in/", sign_in, name="account_login"),
    path("parts/", include("doorstep.web.parts.urls")),
    path("", include("doorstep.web.home.urls")),
    path("", include("doorstep.web.home.work_urls")),
    path("orders/", include("doorstep.web.orders.urls")),
    path("orders/", include("doorstep.web.payments.urls")),
    path("stock/deliveries/", include("doorstep.web.stock.delivery_urls")),
    path("stock/transfers/", include("doorstep.web.stock.transfer_urls")),
    path("stock/lots/", include("doorstep.web.stock.lot_urls")),
    path("stock/", include("doorstep.web.stock.urls")),
    path("bulk/", include("doorstep.web.bulk.urls")),
    path("t/", include("doorstep.web.tracking.urls")),
    path("r/", include("doorstep.web.returns_portal.urls")),
    path("chat/", include("doorstep.web.chat.urls")),
    path("till/", include("doorstep.web.till.urls")),
    path("badge/", include("doorstep.web.badge.urls")),
    path("settings/", include("doorstep.web.settings.urls")),
    path("settings/locations/", include("doorstep.web.locations.urls")),
    path("products/", include("doorstep.web.products.urls")),
    path("inbox/", include("doorstep.web.inbox.urls")),
    path("customers/", include("doorstep.web.customers.urls")),
    path("setup/", include("doorstep.web.setup.urls")),
    path("channels/", include("doorstep.web.channels.urls")),
    path("fulfilment/", include("doorstep.web.fulfilment.urls")),
    path("shipments/", include("doorstep.web.shipments.urls")),
    path("returns/", include("doorstep.web.returns.urls")),
    path("settings/returns/", include("doorstep.web.returns.policy_urls")),
    path("settings/boxes/", include("doorstep.web.fulfilment.box_urls")),
    path("settings/routing/", include("doorstep.web.routing.urls")),
    path("settings/printers/", include("doorstep.web.fulfilment.printer_urls")),
    path("settings/carriers/", include("doorstep.web.shipments.carrier_urls")),
    path("settings/customs/", include("doorstep.web.shipments.customs_urls")),
    path("settings/warehouses/", include("doorstep.web.warehouses.urls")),
    path("settings/payments/", include("doorstep.web.payments.account_urls")),
    path("settings/mailboxes/", include("doorstep.web.mailboxes.urls")),
    path("settings/notices/", include("doorstep.web.notices.urls")),
    path("settings/tracking/", include("doorstep.web.tracking.brand_urls")),
    path("settings/texting/", include("doorstep.web.texting.urls")),
    path("api/v1/", include("doorstep.api.v1.api")),
    path("hooks/", include("doorstep.hooks.urls")),
]
