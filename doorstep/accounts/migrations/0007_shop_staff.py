"""People who work at certain shops only."""

import django.contrib.postgres.fields
from django.db import migrations, models

ROLES = ["owner", "manager", "warehouse", "service", "shop", "viewer"]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_bulkjob_idle")]

    operations = [
        migrations.AddField(
            "staff", "location_ids",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list, db_default=[], size=None),
        ),
        migrations.AlterField("staff", "role", models.CharField(choices=[(role, role) for role in ROLES], max_length=12)),
        migrations.RemoveConstraint("staff", "staff_role_known"),
        migrations.AddConstraint(
            "staff", models.CheckConstraint(condition=models.Q(role__in=ROLES), name="staff_role_known")
        ),
    ]
