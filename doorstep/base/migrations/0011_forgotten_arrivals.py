from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("base", "0010_hot_tables")]

    operations = [
        migrations.AddField("arrival", "forgotten_at", models.DateTimeField(null=True)),
    ]
