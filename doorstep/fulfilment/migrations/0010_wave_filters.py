from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fulfilment', '0009_recall'),
    ]

    operations = [
        migrations.AddField(
            model_name='wave',
            name='takes',
            field=models.JSONField(null=True),
        ),
    ]
