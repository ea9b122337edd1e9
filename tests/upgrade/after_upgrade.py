"""Program of the upgrade test: migrates the loaded database to this version, and prints figures and pages as JSON."""

import json
import sys

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import transaction
    from django.test import Client, override_settings

    from annotator.events.services import event_append
    from annotator.studies.models import Study
    from tests.page_addresses import address_values, page_addresses
    from tests.upgrade.figures import figures_of

    call_command("migrate", verbosity=0)
    study = Study.objects.select_related("first_run__dataset", "second_run", "codebook").get()
    figures = figures_of(study)
    plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    statuses = {}
    with override_settings(STORAGES=plain):
        for name in ("samira", "alice", "carol", "dan"):
            client = Client(headers={"host": "localhost"})
            client.force_login(User.objects.get(username=name))
            for address in page_addresses(address_values(study)):
                statuses[f"{name} {address}"] = client.get(address).status_code
    with transaction.atomic():  # numbers go on after the loaded ones
        event_append("upgrade.tried", User.objects.create_user("new-person"), {})
    json.dump({"figures": figures, "statuses": statuses}, sys.stdout)


if __name__ == "__main__":
    main()
