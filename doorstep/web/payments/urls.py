"""Addresses of the money of an order."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.inbox import actions
from doorstep.web.parts import navigation
from doorstep.web.payments import money, tasks, telling

app_name = "payments"
urlpatterns = [
    path("money/", money.waiting, name="waiting"),
    path("<int:order_id>/calls/<int:call_id>/again/", money.ask_again, name="ask_again"),
    path("<int:order_id>/refund/ask/", money.ask_refund, name="ask_refund"),
    path("<int:order_id>/record/", money.record, name="record"),
    path("<int:order_id>/refund/quote/", money.quote, name="quote"),
    path("<int:order_id>/refund/", money.refund, name="refund"),
    path("<int:order_id>/refunds/<int:refund_id>/paid-out/", money.paid_out, name="paid_out"),
    path("<int:order_id>/refunds/<int:refund_id>/take-back/", money.take_back, name="take_back"),
]
navigation.register_command(
    navigation.Command(
        _("Money that waits for a person"), "payments:waiting", "credit-card", "payments:read", _("refunds pay out capture")
    )
)
actions.register(
    actions.InPlace(
        "refund", _("Refund a part"), "arrow-back-up", "payments:write",
        lambda _ctx, order, conversation_id: actions.address_of("payments:ask_refund", order, conversation_id, "refund"),
        why_not=lambda ctx, order: money.why_no_refund(ctx, order_id=order.order.id), place=50,
    )
)  # fmt: skip
telling.register()
tasks.register()
