"""Programs read parcels by when they last changed."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index that is built while others write

    dependencies = [("shipping", "0003_parcel_updated_at")]

    operations = [
        AddIndexConcurrently(
            model_name="parcel",
            index=models.Index(fields=["organisation_id", "updated_at", "id"], name="parcel_updated"),
        ),
    ]
