# The fields of a prompt's source line that its format does not know.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("datasets", "0004_archived_datasets"),
    ]

    operations = [
        migrations.AddField(
            model_name="prompt",
            name="metadata",
            field=models.JSONField(default=dict),
        ),
    ]
