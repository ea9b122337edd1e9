"""Import of candidates with repairs, exemplars with proofs, and prompt sets with uses."""

from pathlib import Path
from typing import Any

from annotator.exemplars.models import (
    Candidate,
    Exemplar,
    ExemplarProof,
    PromptSet,
    PromptSetMember,
    PromptSetUse,
    Repair,
)
from annotator.releases.snapshots.importing.places import Places, check_name, prompt_of
from annotator.releases.snapshots.importing.reading import read_rows
from annotator.releases.snapshots.rows.exemplars import (
    CANDIDATE_FIELDS,
    EXEMPLAR_FIELDS,
    PROOF_FIELDS,
    REPAIR_FIELDS,
    SET_FIELDS,
    USE_FIELDS,
)
from annotator.releases.snapshots.tables import CANDIDATES, EXEMPLARS, PROMPT_SETS

Json = dict[str, Any]


def import_candidates(folder: Path, places: Places) -> None:
    for row in read_rows(folder, CANDIDATES):
        case = places.cases[prompt_of(row)]
        first, second = places.sides[case]
        candidate = Candidate.objects.create(
            case_id=case,
            generation_id=first if row["side"] == "first" else second,
            requested_by_id=places.person(row["requested_by"]),
            rejected_by_id=places.person(row["rejected_by"]),
            **{name: row[name] for name in CANDIDATE_FIELDS},
        )
        for repair in row["repairs"]:
            stored = _repair(candidate, row["candidate"], repair, places)
            places.repairs[row["candidate"], repair["repair"]] = (candidate.pk, stored.pk)


def import_exemplars(folder: Path, places: Places) -> None:
    for row in read_rows(folder, EXEMPLARS):
        candidate, repair = places.repairs[row["candidate"], row["repair"]]
        exemplar = Exemplar.objects.create(
            candidate_id=candidate,
            repair_id=repair,
            prompt_id=places.prompts[prompt_of(row)],
            approved_by_id=places.people[row["approved_by"]],
            withdrawn_by_id=places.person(row["withdrawn_by"]),
            **{name: row[name] for name in EXEMPLAR_FIELDS},
        )
        ExemplarProof.objects.bulk_create(
            ExemplarProof(exemplar=exemplar, **{name: proof[name] for name in PROOF_FIELDS}) for proof in row["proofs"]
        )
        places.exemplars[row["exemplar"]] = exemplar.pk


def import_prompt_sets(folder: Path, places: Places) -> None:
    for row in read_rows(folder, PROMPT_SETS):
        check_name("prompt set", row["name"])
        model = row["language_model"]
        prompt_set = PromptSet.objects.create(
            study=places.study,
            version=row["set_version"],
            language_model_id=None if model is None else places.models[model],
            created_by_id=places.person(row["created_by"]),
            **{name: row[name] for name in SET_FIELDS},
        )
        PromptSetMember.objects.bulk_create(
            PromptSetMember(prompt_set=prompt_set, exemplar_id=places.exemplars[number], position=position)
            for position, number in enumerate(row["exemplars"])
        )
        PromptSetUse.objects.bulk_create(
            PromptSetUse(prompt_set=prompt_set, run=places.runs[use["run"]], **{name: use[name] for name in USE_FIELDS})
            for use in row["uses"]
        )


def _repair(candidate: Candidate, number: int, row: Json, places: Places) -> Repair:
    parent, model, environment = row["parent"], row["language_model"], row["environment"]
    return Repair.objects.create(
        candidate=candidate,
        parent_id=None if parent is None else places.repairs[number, parent][1],
        request=row["request"],
        language_model_id=None if model is None else places.models[model],
        environment_id=None if environment is None else places.environments[environment],
        author_id=places.person(row["author"]),
        **{name: row[name] for name in REPAIR_FIELDS},
    )
