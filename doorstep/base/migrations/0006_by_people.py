"""What people did is summed up without reading what machines did."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index that is built while others write

    dependencies = [("base", "0005_stuck")]

    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                fields=["organisation_id", "at"], name="event_by_people", condition=models.Q(actor_kind="staff")
            ),
        ),
    ]
