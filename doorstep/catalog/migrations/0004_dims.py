"""Variants say how big they are and how they are packed."""

from django.db import migrations, models

UNKNOWN = models.Q(length_mm__isnull=True, width_mm__isnull=True, height_mm__isnull=True)
KNOWN = models.Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_bundles")]

    operations = [
        migrations.AddField("variant", "length_mm", models.IntegerField(null=True)),
        migrations.AddField("variant", "width_mm", models.IntegerField(null=True)),
        migrations.AddField("variant", "height_mm", models.IntegerField(null=True)),
        migrations.AddField("variant", "own_box", models.BooleanField(db_default=False)),
        migrations.AddField("variant", "fragile", models.BooleanField(db_default=False)),
        migrations.AddField("variant", "hazmat", models.CharField(db_default="", max_length=80)),
        migrations.AddConstraint("variant", models.CheckConstraint(condition=UNKNOWN | KNOWN, name="variant_dims_whole")),
    ]
