"""`manage.py build_snapshots`: builds the snapshots that wait, and ends. The study's page starts it."""

from typing import Any

from django.core.management.base import BaseCommand

from annotator.releases.services import snapshots_build


class Command(BaseCommand):
    help = "Build every snapshot that was asked for on a study's page and waits. Safe to start any number of times."

    def handle(self, **_: Any) -> None:
        self.stdout.write(f"Built: {snapshots_build()}.")
