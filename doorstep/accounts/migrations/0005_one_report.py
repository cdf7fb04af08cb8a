"""The bulk job keeps no report of its own any more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_whole_reports")]

    operations = [migrations.RemoveField(model_name="bulkjob", name="report")]
