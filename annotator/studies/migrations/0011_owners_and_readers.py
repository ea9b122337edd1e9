"""Owners and readers: the first active lead of each study owns it."""

from django.db import migrations, models
from django.db.models import Q


def give_owners(apps, schema_editor):
    """The lead with an open account who came first; where all accounts are closed, the lead who came first."""
    memberships = apps.get_model("studies", "Membership").objects
    leads = memberships.filter(role="lead", deactivated_at=None).order_by("-user__is_active", "pk")
    owned = set()
    for pk, study in leads.values_list("pk", "study"):
        if study not in owned:
            owned.add(study)
            memberships.filter(pk=pk).update(role="owner")


def take_owners(apps, schema_editor):
    apps.get_model("studies", "Membership").objects.filter(role="owner").update(role="lead")


class Migration(migrations.Migration):
    dependencies = [("studies", "0010_moments_kept")]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("owner", "Owner"),
                    ("lead", "Lead"),
                    ("annotator", "Annotator"),
                    ("adjudicator", "Adjudicator"),
                    ("curator", "Curator"),
                    ("reader", "Reader"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunPython(give_owners, take_owners),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=["study"], condition=Q(role="owner"), name="study_owned_once"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=~Q(role="owner") | Q(deactivated_at=None), name="membership_owner_is_active"
            ),
        ),
    ]
