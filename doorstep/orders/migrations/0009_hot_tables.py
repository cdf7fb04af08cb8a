from django.db import migrations

# Source: docs/adr/0026.
TABLES = ("orders_order", "orders_orderline", "orders_ordersearch", "orders_fulfilmentorder", "orders_fulfilmentorderline")
SET = "(autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)"
RESET = "(autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_priority")]

    operations = [
        migrations.RunSQL(
            [f"ALTER TABLE {table} SET {SET}" for table in TABLES],
            [f"ALTER TABLE {table} RESET {RESET}" for table in TABLES],
        )
    ]
