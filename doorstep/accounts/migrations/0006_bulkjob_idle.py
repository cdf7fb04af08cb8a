"""Rows of a bulk action that had nothing left to do are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_one_report")]

    operations = [migrations.AddField("bulkjob", "idle", models.IntegerField(default=0, db_default=0))]
