"""An index of a few pages that finds the arrivals of a day, built while people work."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("base", "0011_forgotten_arrivals")]

    operations = [
        AddIndexConcurrently(
            "arrival", BrinIndex(fields=["received_at"], name="arrival_by_time", autosummarize=True)
        ),
    ]
