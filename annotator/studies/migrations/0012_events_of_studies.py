"""Events before now: their study by its name, case or id, and who did it as an account instead of a name."""

from django.db import migrations

CHUNK = 1_000


def fill(apps, schema_editor):
    events = apps.get_model("events", "Event").objects
    studies = dict(apps.get_model("studies", "Study").objects.values_list("slug", "pk"))
    accounts = dict(apps.get_model("auth", "User").objects.values_list("username", "pk"))
    cases = apps.get_model("studies", "Case").objects
    last = 0
    while rows := list(events.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        numbers = {row.payload["case"] for row in rows if isinstance(row.payload.get("case"), int)}
        study_of_case = dict(cases.filter(pk__in=numbers).values_list("pk", "study"))
        for row in rows:
            row.study = _study(row, studies, study_of_case)
            _name_actor(row, accounts)
        events.bulk_update(rows, ["study", "actor", "payload"])
        last = rows[-1].pk


def _study(row, studies, study_of_case):
    model, _, number = row.subject.partition(":")
    if model == "studies.study":
        return int(number)
    return studies.get(row.payload.get("study")) or study_of_case.get(row.payload.get("case"))


def _name_actor(row, accounts):
    """`by` was a user name, or an id; of a marked constraint also the name of a language model."""
    by = row.payload.pop("by", None)
    if isinstance(by, int):
        row.actor_id = by if by in accounts.values() else None
    elif by in accounts:
        row.actor_id = accounts[by]
    elif by and row.kind == "constraint.span_set":
        row.payload["language_model"] = by


class Migration(migrations.Migration):
    dependencies = [
        ("studies", "0011_owners_and_readers"),
        ("events", "0003_actors_and_studies"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
