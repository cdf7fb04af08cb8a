import django.db.models.deletion
from django.db import migrations, models

from doorstep.base.references import Reference, guarded

REFERENCES = [
    Reference("orders_order", "customer_id", "customers_customer"),
    Reference("orders_ordersearch", "order_id", "orders_order"),
    Reference("orders_orderline", "order_id", "orders_order"),
    Reference("orders_orderline", "variant_id", "catalog_variant"),
    Reference("orders_fulfilmentorder", "order_id", "orders_order"),
    Reference("orders_fulfilmentorder", "location_id", "locations_location"),
    Reference("orders_fulfilmentorderline", "fulfilment_order_id", "orders_fulfilmentorder"),
    Reference("orders_fulfilmentorderline", "order_line_id", "orders_orderline"),
    Reference("orders_fulfilmentorderline", "variant_id", "catalog_variant"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0009_still_needed"),
        ("catalog", "0002_final_sale"),
        ("customers", "0002_merges"),
        ("locations", "0001_initial"),
        ("orders", "0006_bundles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="fulfilmentorder",
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
            model_name="fulfilmentorder",
            name="order",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.order"
            ),
        ),
        migrations.AlterField(
            model_name="fulfilmentorderline",
            name="fulfilment_order",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="orders.fulfilmentorder",
            ),
        ),
        migrations.AlterField(
            model_name="fulfilmentorderline",
            name="order_line",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.orderline"
            ),
        ),
        migrations.AlterField(
            model_name="fulfilmentorderline",
            name="variant",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.variant"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="customers.customer",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="order",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.order"
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="variant",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.variant"
            ),
        ),
        migrations.AlterField(
            model_name="ordersearch",
            name="order",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to="orders.order"
            ),
        ),
        *guarded(REFERENCES),
    ]
