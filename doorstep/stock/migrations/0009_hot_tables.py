from django.db import migrations

# Source: docs/adr/0026.  Takes effect for new pages; the old ones follow as their rows change.
FORWARDS = """
ALTER TABLE stock_item SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE stock_level SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
ALTER TABLE stock_reservation SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE stock_movement SET (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
"""
BACKWARDS = """
ALTER TABLE stock_item RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE stock_level RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE stock_reservation RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor);
ALTER TABLE stock_movement RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0008_promises")]

    operations = [
        migrations.RemoveIndex(model_name="reservation", name="reservation_reference"),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
