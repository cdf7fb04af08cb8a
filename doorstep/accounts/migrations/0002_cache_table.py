"""The table of Django's database cache, which counts failed sign-ins for all processes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
                CREATE TABLE IF NOT EXISTS django_cache (
                    cache_key varchar(255) NOT NULL PRIMARY KEY,
                    value text NOT NULL,
                    expires timestamptz NOT NULL
                );
                CREATE INDEX IF NOT EXISTS django_cache_expires ON django_cache (expires);
            """,
            reverse_sql="DROP TABLE IF EXISTS django_cache",
        )
    ]
