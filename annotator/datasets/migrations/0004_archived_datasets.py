# Datasets that stand in no list and take no new runs.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("datasets", "0003_scope_and_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="archived_at",
            field=models.DateTimeField(null=True),
        ),
    ]
