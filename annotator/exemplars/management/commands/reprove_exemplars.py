"""`manage.py reprove_exemplars`: prove every exemplar again after a change of the checkers."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from annotator.constraints import CHECKER_VERSION
from annotator.constraints.messages import counted
from annotator.exemplars.services.approvals import Reproved, exemplars_reprove


class Command(BaseCommand):
    help = (
        "Prove the exemplars that have no proof by the current checkers. Those that fall are withdrawn and listed, "
        "and the exit status is 1. Run it after an upgrade that changes the checkers; again it does nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = exemplars_reprove()
        if not found:
            self.stdout.write(f"Every exemplar has a proof by checkers {CHECKER_VERSION} already.")
            return
        self.stdout.write(f"{'exemplar':>8}  {'holds':5}  prompt")
        for reproved in found:
            self.stdout.write(_line(reproved))
        fallen = sum(not reproved.holds for reproved in found)
        held = counted(len(found) - fallen, "exemplar")
        self.stdout.write(f"Checkers {CHECKER_VERSION}: {held} proved again, {fallen} withdrawn.")
        if fallen:
            sys.exit(1)


def _line(reproved: Reproved) -> str:
    exemplar = reproved.exemplar
    line = f"{exemplar.pk:>8}  {'yes' if reproved.holds else 'no':5}  {exemplar.prompt.key}"
    if reproved.holds:
        return line
    failing = ", ".join(f"{position + 1} ({kind})" for position, kind in reproved.failing)
    sets = f"; still in the frozen {', '.join(reproved.frozen_sets)}" if reproved.frozen_sets else ""
    return f"{line}: constraints {failing}{sets}"
