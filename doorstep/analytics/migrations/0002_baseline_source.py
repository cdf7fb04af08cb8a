"""What was measured in the first 28 days is kept beside what a brand entered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial")]

    operations = [
        migrations.AddField("baseline", "source", models.CharField(max_length=10, db_default="entered")),
    ]
