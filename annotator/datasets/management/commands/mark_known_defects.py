"""`manage.py mark_known_defects`: marks defective prompts of datasets older than the list."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.datasets.selectors import dataset_list
from annotator.datasets.services import known_defects_mark


class Command(BaseCommand):
    help = (
        "Mark the prompts that have published defects, in every dataset or in all versions of one. Changes no content."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="of the dataset; every dataset where it is left out")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        datasets = dataset_list().filter(name=name) if name else dataset_list()
        if name and not datasets:
            raise CommandError(f"there is no dataset {name!r}; the page of datasets lists them, and so does the API.")
        for dataset in datasets:
            self.stdout.write(f"{dataset}: prompts with published defects: {known_defects_mark(dataset=dataset):,}")
