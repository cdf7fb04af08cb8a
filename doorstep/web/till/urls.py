"""Addresses of the till."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.till import drawer, finding, giving_back, lying_here, papers, receipts, selling, telling, views

app_name = "till"
urlpatterns = [
    path("", views.index, name="index"),
    path("worker.js", views.worker, name="worker"),
    path("<int:location_id>/", views.counter, name="counter"),
    path("<int:location_id>/items/", views.items, name="items"),
    path("<int:location_id>/exchanges/", views.exchanges, name="exchanges"),
    path("<int:location_id>/sales/", selling.sales, name="sales"),
    path("<int:location_id>/charges/", selling.charge, name="charge"),
    path("<int:location_id>/voucher/", selling.voucher, name="voucher"),
    path("<int:location_id>/charges/give-up/", selling.give_up, name="give_up"),
    path("<int:location_id>/charges/<int:charge_id>/undo/", selling.undo_charge, name="undo_charge"),
    path("<int:location_id>/open/", drawer.open_shift, name="open"),
    path("<int:location_id>/day/", drawer.day, name="day"),
    path("<int:location_id>/close/<int:shift_id>/", drawer.close_shift, name="close"),
    path("shifts/<int:shift_id>/", drawer.shift, name="shift"),
    path("<int:location_id>/stock/", lying_here.lying_here, name="stock"),
    path("<int:location_id>/back/", finding.find, name="find"),
    path("<int:location_id>/back/<int:order_id>/", giving_back.choose, name="back"),
    path("<int:location_id>/returns/<int:return_id>/", giving_back.pay, name="pay"),
    path("<int:location_id>/paper/", papers.paper, name="paper"),
    path("receipts/<int:order_id>/", receipts.receipt, name="receipt"),
    path("receipts/<int:order_id>/mail/", receipts.mail, name="mail_receipt"),
]

navigation.register(
    navigation.Screen("till", _("Till"), "till:index", "building-store", "till:read", key="l"),
    navigation.Command(_("Open the till"), "till:index", "building-store", "till:write", _("sell shop counter cash pos")),
)
telling.register()
