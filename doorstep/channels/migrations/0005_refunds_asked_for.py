from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0004_profiles'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='refunds_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='exposure',
            name='guess',
            field=models.IntegerField(null=True),
        ),
    ]
