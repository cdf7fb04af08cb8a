"""The rules about scans are proved, and what is to be learnt from or named is found, while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # indexes that are built while others write

    dependencies = [("shipping", "0009_estimates")]

    operations = [
        ValidateConstraint(model_name="trackingevent", name="tracking_trouble_known"),
        ValidateConstraint(model_name="trackingevent", name="tracking_aside_known"),
        AddIndexConcurrently(
            model_name="parcel",
            index=models.Index(
                fields=["organisation_id", "delivered_at", "id"],
                name="parcel_to_learn_from",
                condition=Q(direction="out", delivered_at__isnull=False, learnt_at__isnull=True),
            ),
        ),
        AddIndexConcurrently(
            model_name="trackingevent",
            index=models.Index(fields=["organisation_id", "raw_code"], name="tracking_code_unknown", condition=Q(status="unknown")),
        ),
    ]
