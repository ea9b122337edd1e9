"""`manage.py load_demo`: the demo study in the database; prints its people's passwords once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotator.studies.services.demo import RECORDED_PROMPTS, demo_load, demo_load_recorded


class Command(BaseCommand):
    help = (
        "Make the demo study: our prompts, a small model, a base and a cot_forced run, and people. Again changes "
        "nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prompts", type=int, help="only the first so many prompts")
        parser.add_argument(
            "--recorded",
            type=int,
            default=RECORDED_PROMPTS,
            metavar="N",
            help="take the answers to the first N prompts from a recording (default: %(default)s)",
        )

    def handle(self, *, prompts: int | None, recorded: int, **_: Any) -> None:
        demo = demo_load(prompts=prompts)
        demo_load_recorded(demo=demo, prompts=recorded)
        for name, password in demo.passwords.items():
            self.stdout.write(f"{name:>7}   password  {password}")
        if demo.passwords:
            self.stdout.write("These passwords are shown this once and kept nowhere in the clear.")
        else:
            self.stdout.write(
                f"Study {demo.study.slug} is there already. For a new password: "
                ".venv/bin/python manage.py reset_password NAME"
            )
