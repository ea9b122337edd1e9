"""Labelled prompts of studies, from which routers learn, and the counts of their labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from annotator.routing.errors import RoutingError
from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.routing.models import Router
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.selectors.gold import gold_of, with_gold_label

_OF_GOLD: Mapping[str, str] = {
    Annotation.Label.HELPED: "helped",
    Annotation.Label.HURT: "hurt",
    Annotation.Label.NO_DIFFERENCE: "tie",
}
_LABELS = ("helped", "hurt", "tie")
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class LabelledStudy:
    """The labelled prompts of one study, and how many of its cases have no label, or no verdicts to compare."""

    study: Study
    prompts: Sequence[LabelledPrompt]
    left_out: int


def labelled_study(study: Study, labels: str) -> LabelledStudy:
    """Return the prompts of a study with their labels, by verdicts or by gold.

    The shares of obeyed constraints are those of the study's scope, by loose verdicts, as its outcomes are. A case
    without a whole answer on both sides has none, and is left out.
    """
    cases = study.cases.select_related("prompt", "first", "second").prefetch_related("prompt__constraints")
    gold = gold_of(study.cases.values_list("pk", flat=True)) if labels == Router.Labels.GOLD else None
    model, prompts, n = _models_of(study), [], 0
    for case in cases.order_by("pk").iterator(_ROWS_AT_ONCE):
        n += 1
        label = case.outcome if gold is None else _OF_GOLD.get(gold[case.pk].label, "") if case.pk in gold else ""
        shares = _shares(case.contrast)
        if label in _LABELS and shares is not None:
            prompts.append(_labelled(case, label, shares, model))
    return LabelledStudy(study, prompts, left_out=n - len(prompts))


def label_counts(study: Study, labels: str) -> Counter[str]:
    """Return how many prompts have each label in `labelled_study`, without reading their texts."""
    rows = with_gold_label(study.cases.all()).order_by().values_list("outcome", "gold", "contrast")
    by_gold = labels == Router.Labels.GOLD
    found = Counter(
        _OF_GOLD.get(gold or "", "") if by_gold else outcome
        for outcome, gold, contrast in rows.iterator(_ROWS_AT_ONCE)
        if _shares(contrast) is not None
    )
    return Counter({label: found[label] for label in _LABELS})


def _labelled(case: Case, label: str, shares: tuple[float, float], model: str) -> LabelledPrompt:
    return LabelledPrompt(
        key=case.prompt.key,
        text=case.prompt.text,
        kinds=tuple(constraint.kind for constraint in case.prompt.constraints.all()),
        dataset=case.study.first_run.dataset.name,
        model=model,
        first=shares[0],
        second=shares[1],
        label=cast(Literal["helped", "hurt", "tie"], label),
        first_tokens=case.first.completion_tokens or None,
        second_tokens=case.second.completion_tokens or None,
    )


def _models_of(study: Study) -> str:
    first, second = (run.language_model.slug for run in (study.first_run, study.second_run))
    return first if first == second else f"{first} > {second}"


def _shares(contrast: Sequence[Any]) -> tuple[float, float] | None:
    """Return the shares of the decided constraints that the first and the second answer obey; None where none is."""
    decided = [effect for effect in contrast if effect != "unverifiable"]
    if not decided:
        return None
    first, second = (sum(effect in ("both", own) for effect in decided) for own in ("lost", "gained"))
    return first / len(decided), second / len(decided)


def studies_called(slugs: Sequence[str]) -> list[Study]:
    """Return the studies, each once. Raises RoutingError, which names the known ones."""
    rows = Study.objects.select_related("first_run__dataset", "first_run__language_model", "second_run__language_model")
    studies = {study.slug: study for study in rows.filter(slug__in=slugs)}
    for slug in slugs:
        if slug not in studies:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise RoutingError(f"No study is called {slug!r}; known: {known}.")
    return [studies[slug] for slug in dict.fromkeys(slugs)]
