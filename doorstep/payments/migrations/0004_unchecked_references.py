import django.db.models.deletion
from django.db import migrations, models

from doorstep.base.references import Reference, guarded

REFERENCES = [
    Reference("payments_payment", "order_id", "orders_order"),
    Reference("payments_entry", "order_id", "orders_order"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0009_still_needed"),
        ("orders", "0007_unchecked_references"),
        ("payments", "0003_credited"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="order",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.order"
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="order",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.order"
            ),
        ),
        *guarded(REFERENCES),
    ]
