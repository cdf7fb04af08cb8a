"""An index for what changed since a moment, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("inbox", "0003_first_chat")]

    operations = [
        AddIndexConcurrently(
            "conversation", models.Index(fields=["organisation_id", "updated_at", "id"], name="conversation_updated")
        ),
    ]
