"""An index for the meter of contacts, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("inbox", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["organisation_id", "at"], name="inbox_message_classed", condition=models.Q(("data__has_key", "wismo"))
            ),
        ),
    ]
