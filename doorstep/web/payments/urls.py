"""Addresses of the money of an order."""

from __future__ import annotations

from django.urls import path

from doorstep.web.payments import money, telling

app_name = "payments"
urlpatterns = [
    path("<int:order_id>/refund/quote/", money.quote, name="quote"),
    path("<int:order_id>/refund/", money.refund, name="refund"),
    path("<int:order_id>/refunds/<int:refund_id>/paid-out/", money.paid_out, name="paid_out"),
    path("<int:order_id>/refunds/<int:refund_id>/take-back/", money.take_back, name="take_back"),
]
telling.register()
