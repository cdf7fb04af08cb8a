"""A fulfilment order may have several parcels; each says in which box it lies and which closing made it.

Indexes come and go beside the running house. Going back needs a house in which no fulfilment order has two live parcels.
"""

from django.db import migrations, models

FORWARDS = [
    "DROP INDEX CONCURRENTLY IF EXISTS parcel_live_once",
    """CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS parcel_wish_once
           ON shipping_parcel (organisation_id, wish) WHERE NOT (wish = '')""",
]
BACKWARDS = [
    """CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS parcel_live_once
           ON shipping_parcel (organisation_id, fulfilment_order_id) WHERE NOT (state = 'cancelled')""",
    "DROP INDEX CONCURRENTLY IF EXISTS parcel_wish_once",
]
UNKNOWN = models.Q(length_mm__isnull=True, width_mm__isnull=True, height_mm__isnull=True)
KNOWN = models.Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("locations", "0001_initial"), ("orders", "0012_recipients"), ("shipping", "0006_parcels_awaited")]

    operations = [
        migrations.AddField("parcel", "box_name", models.CharField(db_default="", max_length=80)),
        migrations.AddField("parcel", "length_mm", models.IntegerField(null=True)),
        migrations.AddField("parcel", "width_mm", models.IntegerField(null=True)),
        migrations.AddField("parcel", "height_mm", models.IntegerField(null=True)),
        migrations.AddField("parcel", "planned", models.IntegerField(db_default=1)),
        migrations.AddField("parcel", "wish", models.CharField(db_default="", max_length=60)),
        migrations.RunSQL(
            FORWARDS,
            BACKWARDS,
            state_operations=[
                migrations.RemoveConstraint("parcel", "parcel_live_once"),
                migrations.AddConstraint(
                    "parcel",
                    models.UniqueConstraint(
                        fields=["organisation_id", "wish"], name="parcel_wish_once", condition=~models.Q(wish="")
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "parcel",
            models.CheckConstraint(condition=models.Q(planned__gte=1, planned__lte=99), name="parcel_planned_sane"),
        ),
        migrations.AddConstraint("parcel", models.CheckConstraint(condition=UNKNOWN | KNOWN, name="parcel_dims_whole")),
    ]
