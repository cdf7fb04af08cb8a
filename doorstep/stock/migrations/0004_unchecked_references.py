import django.db.models.deletion
from django.db import migrations, models

from doorstep.base.references import Reference, guarded

REFERENCES = [
    Reference("stock_movement", "location_id", "locations_location"),
    Reference("stock_movement", "variant_id", "catalog_variant"),
    Reference("stock_reservation", "location_id", "locations_location"),
    Reference("stock_reservation", "variant_id", "catalog_variant"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0009_still_needed"),
        ("catalog", "0002_final_sale"),
        ("locations", "0001_initial"),
        ("stock", "0003_level_to_recount"),
    ]

    operations = [
        migrations.AlterField(
            model_name="movement",
            name="location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="locations.location",
            ),
        ),
        migrations.AlterField(
            model_name="movement",
            name="variant",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.variant"
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="locations.location",
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="variant",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.variant"
            ),
        ),
        *guarded(REFERENCES),
    ]
