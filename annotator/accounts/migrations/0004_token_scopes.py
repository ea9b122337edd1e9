import annotator.accounts.models
from django.db import migrations, models


class Migration(migrations.Migration):
    """Gives tokens scopes; those that there are keep all of them."""

    dependencies = [("accounts", "0003_known_addresses")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=models.JSONField(default=annotator.accounts.models.every_scope),
        ),
    ]
