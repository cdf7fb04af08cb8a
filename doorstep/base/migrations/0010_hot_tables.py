from django.db import migrations

# Source: docs/adr/0026.
SET = "(autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)"
RESET = "(autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [("base", "0009_still_needed")]

    operations = [
        migrations.RunSQL(f"ALTER TABLE base_event SET {SET}", f"ALTER TABLE base_event RESET {RESET}"),
        migrations.RunSQL(f"ALTER TABLE base_arrival SET {SET}", f"ALTER TABLE base_arrival RESET {RESET}"),
    ]
