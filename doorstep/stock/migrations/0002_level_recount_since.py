from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial")]

    operations = [
        migrations.AddField(model_name="level", name="recount_since", field=models.DateTimeField(null=True)),
    ]
