"""An index for tasks open and over, newest first, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tasks", "0001_initial")]

    operations = [
        AddIndexConcurrently("task", models.Index(fields=["organisation_id", "-id"], name="task_newest")),
    ]
