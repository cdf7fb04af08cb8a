"""Indexes for filters that few orders among a million match, built while people work (docs/adr/0026)."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0009_hot_tables")]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(fields=["organisation_id", "country", "-placed_at", "-id"], name="order_of_country"),
        ),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["organisation_id", "payment_state", "-placed_at", "-id"],
                name="order_not_just_paid",
                condition=~models.Q(payment_state="paid"),
            ),
        ),
        AddIndexConcurrently(
            "order", GinIndex(fields=["tags"], name="order_tagged", condition=~models.Q(tags=[]))
        ),
        AddIndexConcurrently(
            "fulfilmentorder",
            models.Index(
                fields=["organisation_id", "location", "-order"],
                name="fulfilment_order_at",
                condition=models.Q(location__isnull=False),
            ),
        ),
    ]
