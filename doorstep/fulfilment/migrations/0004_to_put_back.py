"""What lies about after a cancellation is found at once."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index that is built while others write

    dependencies = [("fulfilment", "0003_put_back")]

    operations = [
        AddIndexConcurrently(
            model_name="picktask",
            index=models.Index(
                fields=["organisation_id", "id"],
                name="pick_task_to_put_back",
                condition=models.Q(removed=True, picked__gt=0, put_back_at__isnull=True),
            ),
        ),
    ]
