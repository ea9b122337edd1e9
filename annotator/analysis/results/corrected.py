"""Shares of outcomes that a judge model decided, corrected by human gold.

Prediction-powered inference. Reads only. Gold is of cases, so that the outcome of a case is corrected,
not a single verdict.
"""

from collections.abc import Iterable, Mapping

from annotator.analysis.results.values import CorrectedShare
from annotator.statistics.prediction_powered import prediction_powered_mean
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.selectors.judged_cases import decided_by_judge, decided_by_judge_with_gold

_OUTCOME_OF_LABEL: Mapping[str, str] = {
    Annotation.Label.HELPED: Case.Outcome.HELPED,
    Annotation.Label.HURT: Case.Outcome.HURT,
    Annotation.Label.NO_DIFFERENCE: Case.Outcome.TIE,
}
DIFFERENCE = "difference"
_VALUES: Mapping[str, Mapping[str, int]] = {
    Case.Outcome.HELPED: {Case.Outcome.HELPED: 1},
    Case.Outcome.HURT: {Case.Outcome.HURT: 1},
    DIFFERENCE: {Case.Outcome.HELPED: 1, Case.Outcome.HURT: -1},
}
"""The value of a case in each share, by its outcome; 0 for outcomes that are not named."""


def corrected_shares(study: Study) -> list[CorrectedShare]:
    """Return the shares of helped, of hurt, and their difference; [] without gold on a case that a judge decided."""
    cases = Case.objects.filter(study=study)
    by_judge = dict(decided_by_judge(cases).values_list("pk", "outcome"))
    labels = dict(decided_by_judge_with_gold(cases).values_list("pk", "gold")) if by_judge else {}
    if not labels:
        return []
    gold = {pk: _OUTCOME_OF_LABEL[label] for pk, label in labels.items()}
    return [share_corrected(name, values, by_judge, gold) for name, values in _VALUES.items()]


def share_corrected(
    name: str, values: Mapping[str, int], by_judge: Mapping[int, str], gold: Mapping[int, str]
) -> CorrectedShare:
    """Return the share `name`, in which a case counts the value of its outcome, by the judge and by gold."""
    human = _valued(gold.values(), values)
    judged = _valued([by_judge[pk] for pk in gold], values)
    alone = _valued([outcome for pk, outcome in by_judge.items() if pk not in gold], values)
    result = prediction_powered_mean(human, judged, alone)
    return CorrectedShare(
        name=str(name),
        judged=len(by_judge),
        by_judge=sum(judged) + sum(alone),
        corrected=result.corrected,
        gold_alone=result.gold_alone,
        differing=sum(one != other for one, other in zip(human, judged, strict=True)),
        weight=result.weight,
    )


def _valued(outcomes: Iterable[str], values: Mapping[str, int]) -> list[int]:
    return [values.get(outcome, 0) for outcome in outcomes]
