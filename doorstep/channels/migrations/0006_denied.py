from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0005_refunds_asked_for'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='denied',
            field=models.JSONField(db_default={}),
        ),
    ]
