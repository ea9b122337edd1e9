"""Import of the study, its people, codebooks, datasets and prompts."""

from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from annotator.bulk_rows import rows_insert_numbered
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.releases.snapshots.contents import OUTSIDE
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.importing.places import Places, check_name, prompt_of
from annotator.releases.snapshots.importing.reading import read_chunks, read_rows, values_of
from annotator.releases.snapshots.rows.studies import (
    CONSTRAINT_FIELDS,
    DATASET_FIELDS,
    MEMBER_FIELDS,
    PATTERN_FIELDS,
    PROMPT_FIELDS,
    STUDY_FIELDS,
)
from annotator.releases.snapshots.tables import CODEBOOKS, DATASETS, MEMBERS, PROMPTS, STUDY
from annotator.studies.models import Codebook, EarlierRuns, Membership, Pattern, Study

Json = dict[str, Any]
_prompt_values = values_of(PROMPTS.columns, PROMPT_FIELDS)
_constraint_values = values_of(PROMPTS.columns[-1].columns, CONSTRAINT_FIELDS)


def import_codebooks(folder: Path, places: Places) -> None:
    for row in read_rows(folder, CODEBOOKS):
        check_name("codebook", row["codebook"])
        for pattern in row["patterns"]:
            check_name("failure pattern", pattern["slug"])
        codebook, made = Codebook.objects.get_or_create(
            name=row["codebook"],
            version=row["codebook_version"],
            defaults={"content_hash": row["content_hash"], "guideline": row["guideline"]},
        )
        _same("codebook", str(codebook), codebook.content_hash, row["content_hash"])
        if made:
            Pattern.objects.bulk_create(
                Pattern(codebook=codebook, position=position, **{name: pattern[name] for name in PATTERN_FIELDS})
                for position, pattern in enumerate(row["patterns"])
            )
        name = (codebook.name, codebook.version)
        places.codebooks[name] = codebook
        places.patterns |= {(*name, slug): pk for slug, pk in codebook.patterns.values_list("slug", "pk")}


def import_datasets(folder: Path, places: Places) -> None:
    for row in read_rows(folder, DATASETS):
        check_name("dataset", row["dataset"])
        dataset, made = Dataset.objects.get_or_create(
            name=row["dataset"], version=row["version"], defaults={name: row[name] for name in DATASET_FIELDS}
        )
        _same("dataset", str(dataset), dataset.content_hash, row["content_hash"])
        places.datasets[dataset.name, dataset.version] = dataset.pk
        if not made:
            _known_prompts(dataset, places)


def import_prompts(folder: Path, places: Places) -> None:
    for chunk in read_chunks(folder, PROMPTS):
        new = [row for row in chunk if prompt_of(row) not in places.prompts]
        ids = rows_insert_numbered(
            Prompt,
            ("dataset_id", *PROMPT_FIELDS),
            [(places.datasets[row["dataset"], row["version"]], *_prompt_values(row)) for row in new],
        )
        of_prompts = [
            (prompt, position, *_constraint_values(constraint))
            for prompt, row in zip(ids, new, strict=True)
            for position, constraint in enumerate(row["constraints"])
        ]
        constraints = iter(rows_insert_numbered(Constraint, ("prompt_id", "position", *CONSTRAINT_FIELDS), of_prompts))
        for prompt, row in zip(ids, new, strict=True):
            name = prompt_of(row)
            places.prompts[name], places.positions[name] = prompt, row["position"]
            places.constraints[name] = list(islice(constraints, len(row["constraints"])))


def import_study(folder: Path, places: Places) -> None:
    for row in read_rows(folder, STUDY):
        if Study.objects.filter(slug=row["study"]).exists():
            raise SnapshotError(f"There is a study {row['study']!r} already; import into another installation.")
        study = Study(
            slug=row["study"],
            codebook=places.codebooks[row["codebook"], row["codebook_version"]],
            first_run=places.runs[row["first_run"]],
            second_run=places.runs[row["second_run"]],
            **{name: row[name] for name in STUDY_FIELDS},
        )
        study.full_clean()
        study.save()
        EarlierRuns.objects.bulk_create(
            EarlierRuns(
                study=study,
                first_run=places.runs[pair["first_run"]],
                second_run=places.runs[pair["second_run"]],
                replaced_at=pair["replaced_at"],
            )
            for pair in row["earlier_runs"]
        )
        places.stored_study = study


def import_people(folder: Path, places: Places) -> None:
    """Create an account for each pseudonym: nobody can log in to it, and it is named after study and pseudonym."""
    for row in read_rows(folder, MEMBERS):
        pseudonym = row["annotator"]
        user = User.objects.create_user(f"{places.study.slug}.{pseudonym}"[:150], is_active=False)
        places.people[pseudonym] = user.pk
        if not pseudonym.startswith(f"{OUTSIDE}-"):
            member = Membership(
                study=places.study, user=user, pseudonym=pseudonym, **{name: row[name] for name in MEMBER_FIELDS}
            )
            member.clean_fields(exclude=["user", "unblinded_at", "deactivated_at"])
            member.save()


def _known_prompts(dataset: Dataset, places: Places) -> None:
    for key, pk, position in dataset.prompts.values_list("key", "pk", "position"):
        name = (dataset.name, dataset.version, key)
        places.prompts[name], places.positions[name], places.constraints[name] = pk, position, []
    rows = Constraint.objects.filter(prompt__dataset=dataset).order_by("prompt", "position")
    for key, pk in rows.values_list("prompt__key", "pk"):
        places.constraints[dataset.name, dataset.version, key].append(pk)


def _same(what: str, name: str, here: str, there: str) -> None:
    if here != there:
        raise SnapshotError(f"There is another {what} {name} here already; import into another installation.")
