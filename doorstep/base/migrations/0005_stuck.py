"""What waits for a person is counted on every home page."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index that is built while others write

    dependencies = [("base", "0004_arrivals_of_files")]

    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                fields=["organisation_id", "id"],
                name="event_stuck",
                condition=models.Q(attempts__gte=20, pending=False),
            ),
        ),
    ]
