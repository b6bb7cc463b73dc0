from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("carts", "0003_saved_carts")]

    operations = [
        migrations.AddField(
            model_name="cart",
            name="reminded_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
