"""An index of a few pages that finds the movements of a day, built while people work."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("stock", "0010_near_promises")]

    operations = [
        AddIndexConcurrently("movement", BrinIndex(fields=["at"], name="movement_by_time", autosummarize=True)),
    ]
