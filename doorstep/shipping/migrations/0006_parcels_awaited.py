"""The rule about directions is proved, and labels that customers hold are found, while others write."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # an index that is built while others write

    dependencies = [("shipping", "0005_parcels_back")]

    operations = [
        ValidateConstraint(model_name="parcel", name="parcel_direction_known"),
        AddIndexConcurrently(
            model_name="parcel",
            index=models.Index(
                fields=["packed_at"],
                name="parcel_awaited_back",
                condition=Q(direction="back", state="labelled"),
            ),
        ),
    ]
