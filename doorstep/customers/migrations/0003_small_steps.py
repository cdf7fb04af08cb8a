from django.db import migrations


class Migration(migrations.Migration):
    """Words of customers enter their index in small steps (docs/adr/0026)."""

    dependencies = [("customers", "0002_merges")]

    operations = [
        migrations.RunSQL(
            "ALTER INDEX customer_search SET (gin_pending_list_limit = 512)",
            "ALTER INDEX customer_search RESET (gin_pending_list_limit)",
        )
    ]
