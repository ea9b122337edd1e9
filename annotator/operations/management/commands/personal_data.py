"""`manage.py personal_data PERSON`: write everything that is stored about a person, as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from annotator.operations.named_people import person_called
from annotator.personal_data.selectors import personal_data_of


class Command(BaseCommand):
    help = "Write everything that is stored about a person as JSON, for instance into a file: ... > erin.json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="user name")

    def handle(self, *, person: str, **options: Any) -> None:
        tables = personal_data_of(person_called(person))
        self.stdout.write(json.dumps(tables, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
