"""When a member first had a role that reads whose answer is whose; members who have one now: since they joined."""

from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    """Earlier roles were not stored, so that only present ones count."""
    memberships = apps.get_model("studies", "Membership").objects
    memberships.exclude(role="annotator").update(unblinded_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("studies", "0002_curators")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="unblinded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
