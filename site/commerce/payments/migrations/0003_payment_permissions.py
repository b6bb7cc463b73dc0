from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_attempts_events_refunds")]

    operations = [
        migrations.AlterModelOptions(
            name="payment",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("receive_payment", "Can note that money came"),
                    ("refund_payment", "Can send money back"),
                ],
            },
        ),
    ]
