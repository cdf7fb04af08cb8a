"""The brand's boxes, presents, and browsers that print."""

from django.db import migrations, models

KINDS = [("folder", "Folder"), ("cups", "Cups"), ("raw", "Raw"), ("browser", "Browser")]


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0005_waves"), ("locations", "0001_initial"), ("orders", "0012_recipients")]

    operations = [
        migrations.AlterField("printer", "kind", models.CharField(choices=KINDS, max_length=8)),
        migrations.CreateModel(
            name="Box",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("length_mm", models.IntegerField()),
                ("width_mm", models.IntegerField()),
                ("height_mm", models.IntegerField()),
                ("empty_g", models.IntegerField(db_default=0)),
                ("most_g", models.IntegerField(db_default=0)),
                ("cost_minor", models.BigIntegerField(db_default=0)),
                ("currency", models.CharField(max_length=3)),
                ("flat", models.BooleanField(db_default=False)),
                ("active", models.BooleanField(db_default=True)),
                ("created_at", models.DateTimeField()),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=models.deletion.PROTECT, to="locations.location"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation_id", "name"), name="box_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0), name="box_has_room"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(empty_g__gte=0, most_g__gte=0, cost_minor__gte=0), name="box_not_negative"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Gift",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("message", models.TextField(db_default="")),
                ("by", models.CharField(db_default="", max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(db_index=False, on_delete=models.deletion.PROTECT, to="orders.order"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation_id", "order"), name="gift_order_once")]
            },
        ),
    ]
