"""Contents of a snapshot: runs, people and texts, with their numbers and names in it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from annotator.datasets.formats import NO_LICENCE
from annotator.datasets.models import Dataset
from annotator.exemplars.models import Candidate, Exemplar, PromptSet, PromptSetUse, Repair
from annotator.releases.snapshots.columns import Clean
from annotator.runs.models import Run
from annotator.studies.models import LEADING, Adjudication, Assignment, FlagMessage, Membership, Rework, Study

OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Contents:
    """A study and what is released of it.

    `numbers` is run id -> its number in the snapshot, `people` user id -> pseudonym, `leads` has the
    pseudonyms of leads, those of the site too, `clean` removes names where the
    snapshot is anonymous, and `withheld` has the ids of the datasets whose texts are left out.
    """

    study: Study
    runs: Sequence[Run]
    numbers: Mapping[int, int]
    people: Mapping[int, str]
    leads: frozenset[str]
    withheld: frozenset[int]
    clean: Clean | None

    @property
    def name(self) -> str:
        """The short name of the study, none of its own where the snapshot is anonymous."""
        return "study" if self.clean else self.study.slug

    def person(self, user_id: int | None) -> str | None:
        """Return the pseudonym of a user, null for nobody."""
        return None if user_id is None else self.people[user_id]


def contents_of(
    study: Study, *, withhold: Collection[str] = (), all_texts: bool = False, clean: Clean | None
) -> Contents:
    """Collect what a snapshot of `study` has.

    The texts of datasets without a licence, and of those named in `withhold`, are left out unless `all_texts`.
    """
    runs = _runs(study)
    datasets = {run.dataset.pk: run.dataset for run in runs}.values()
    withheld = frozenset(row.pk for row in datasets if is_withheld(row, withhold) and not all_texts)
    numbers = {run.pk: number for number, run in enumerate(runs, 1)}
    people = _people(study)
    roles = dict(study.memberships.order_by().values_list("pseudonym", "role"))
    leads = frozenset(name for name in people.values() if roles.get(name, Membership.Role.LEAD) in LEADING)
    return Contents(study, runs, numbers, people, leads, withheld, clean)


def is_withheld(dataset: Dataset, withhold: Collection[str] = ()) -> bool:
    """Whether the texts of a dataset may not be passed on, as far as is known."""
    return dataset.terms == NO_LICENCE or dataset.name in withhold


def _runs(study: Study) -> list[Run]:
    """The paired runs, earlier ones, those that used a prompt set, and the repeats of all of them, by id."""
    chosen = {study.first_run_id, study.second_run_id}
    for pair in study.earlier_runs.values_list("first_run_id", "second_run_id"):
        chosen.update(pair)
    chosen.update(PromptSetUse.objects.filter(prompt_set__study=study).values_list("run_id", flat=True))
    rows = Run.objects.filter(pk__in=chosen).values_list("pk", "repeat_of_id")
    roots = {repeat_of or pk for pk, repeat_of in rows}
    found = Run.objects.filter(Q(pk__in=chosen | roots) | Q(repeat_of__in=roots))
    return list(found.select_related("dataset", "language_model").order_by("pk"))


def _people(study: Study) -> dict[int, str]:
    """user id -> pseudonym of the members, then of others who acted in the study: leads of the site."""
    people = dict(study.memberships.order_by("pk").values_list("user_id", "pseudonym"))
    others = sorted({user for rows, columns in _acts(study) for user in _users(rows, columns)} - people.keys())
    return people | {user: f"{OUTSIDE}-{number}" for number, user in enumerate(others, 1)}


def _acts(study: Study) -> Sequence[tuple[QuerySet[Any], tuple[str, ...]]]:
    candidates = Candidate.objects.filter(case__study=study)
    return (
        (Assignment.objects.filter(case__study=study), ("annotator_id",)),
        (Adjudication.objects.filter(case__study=study), ("author_id",)),
        (FlagMessage.objects.filter(flag__assignment__case__study=study), ("author_id",)),
        (Rework.objects.filter(case__study=study), ("author_id",)),
        (candidates, ("requested_by_id", "rejected_by_id")),
        (Repair.objects.filter(candidate__in=candidates), ("author_id",)),
        (Exemplar.objects.filter(candidate__in=candidates), ("approved_by_id", "withdrawn_by_id")),
        (PromptSet.objects.filter(study=study), ("created_by_id",)),
    )


def _users(rows: QuerySet[Any], columns: tuple[str, ...]) -> set[int]:
    found = rows.order_by().values_list(*columns).distinct()
    return {user for row in found for user in row if user is not None}
