import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_newest_that_match")]

    operations = [
        migrations.CreateModel(
            name="Recipient",
            fields=[
                ("organisation_id", models.BigIntegerField()),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("keep_days", models.SmallIntegerField()),
                ("sealed", models.TextField(default="")),
                ("mail_key", models.CharField(default="", max_length=64)),
                ("wanted_at", models.DateTimeField(null=True)),
                ("fetched_at", models.DateTimeField(null=True)),
                ("erase_at", models.DateTimeField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(default="", max_length=300)),
                (
                    "order",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.order"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation_id", "order"), name="recipient_once"),
                    models.CheckConstraint(
                        condition=Q(erased_at__isnull=True) | Q(mail_key="", sealed=""), name="recipient_erased_is_gone"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["organisation_id", "mail_key"], name="recipient_mail", condition=~Q(mail_key="")),
                    models.Index(fields=["erase_at"], name="recipient_to_erase", condition=Q(erased_at__isnull=True)),
                    models.Index(
                        fields=["wanted_at"],
                        name="recipient_awaited",
                        condition=Q(erased_at__isnull=True, fetched_at__isnull=True),
                    ),
                ],
            },
        )
    ]
