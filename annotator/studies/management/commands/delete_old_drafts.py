"""`manage.py delete_old_drafts`: deletes changes of submitted annotations that were never sent.

Workers do the same once a day (`workers.heartbeat`); this is for an installation without one.
"""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from annotator.constraints.messages import counted
from annotator.studies.services import drafts_delete_old
from annotator.studies.services.drafts import DRAFTS_KEPT


class Command(BaseCommand):
    help = "Delete drafts of submitted cases, by default those of more than 90 days ago. Drafts of open cases stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DRAFTS_KEPT.days, metavar="N", help="default: %(default)s")

    def handle(self, *, days: int, **_: Any) -> None:
        if not 1 <= days <= 36_500:
            raise CommandError(f"--days {days}: give a number from 1 to 36500.")
        deleted = drafts_delete_old(before=timezone.now() - timedelta(days=days))
        self.stdout.write(f"Deleted {counted(deleted, 'draft')} of submitted cases, saved over {days} days ago.")
