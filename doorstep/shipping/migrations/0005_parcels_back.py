"""Parcels come back too: without a fulfilment order, with a sender."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("shipping", "0004_parcel_updated"), ("orders", "0001_initial")]

    operations = [
        migrations.AddField("parcel", "direction", models.CharField(max_length=4, db_default="out")),
        migrations.AddField("parcel", "sender", models.JSONField(null=True)),
        migrations.AlterField(
            "parcel",
            "fulfilment_order",
            models.ForeignKey(
                "orders.FulfilmentOrder", on_delete=django.db.models.deletion.PROTECT, null=True, db_index=False
            ),
        ),
        AddConstraintNotValid(
            model_name="parcel",
            constraint=models.CheckConstraint(
                condition=Q(direction="out", fulfilment_order__isnull=False)
                | Q(direction="back", fulfilment_order__isnull=True),
                name="parcel_direction_known",
            ),
        ),
    ]
