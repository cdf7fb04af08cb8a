"""Indexes for the tabs that show few orders among many, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0003_search_of_orders_here")]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["organisation_id", "-placed_at", "-id"],
                name="order_shipped",
                condition=models.Q(("fulfilment_state", "fulfilled")),
            ),
        ),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["organisation_id", "-placed_at", "-id"],
                name="order_cancelled",
                condition=models.Q(("state", "cancelled")),
            ),
        ),
    ]
