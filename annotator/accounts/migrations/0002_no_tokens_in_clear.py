from django.db import migrations


class Migration(migrations.Migration):
    """Drops the table of the tokens that were stored in clear: their owners get new ones with their password."""

    dependencies = [("accounts", "0001_tokens")]

    operations = [migrations.RunSQL("DROP TABLE IF EXISTS authtoken_token", migrations.RunSQL.noop)]
