"""Result of a study's two runs against each other."""

from collections.abc import Mapping

from annotator.analysis.results.cases import (
    case_rows,
    group_results,
    kind_results,
    length_results,
    outcome_counts,
    pattern_results,
)
from annotator.analysis.results.comparisons import Keep, comparison, really_reasoned
from annotator.analysis.results.corrected import corrected_shares
from annotator.analysis.results.rows import AnsweredPrompt, RunRows
from annotator.analysis.results.values import Comparison, PairResult
from annotator.studies.models import Study
from annotator.studies.models.studies import SCOPES


def pair_result(study: Study, first: RunRows, second: RunRows) -> PairResult:
    """Compare the study's runs in its scope, whole and over the parts that a reader asks for."""
    cases = case_rows(study)

    def within(keep: Keep | None = None) -> Comparison:
        return comparison(first, second, study.scope, keep=keep)

    return PairResult(
        all=within(),
        by_scope=_by_scope(first, second),
        sound=within(_sound),
        treated=within(really_reasoned),
        matched=within(_matched),
        not_whole=(_not_whole(first, second), _not_whole(second, first)),
        defective=sum(row.defective for prompt, row in first.items() if prompt in second),
        cases=len(cases),
        outcomes=outcome_counts(cases),
        swaps=sum(case.swap for case in cases),
        reasoned=sum(case.reasoned for case in cases),
        kinds=kind_results(cases),
        groups=group_results(cases),
        lengths=length_results(cases),
        patterns=pattern_results(study),
        corrected=corrected_shares(study),
    )


def _by_scope(first: RunRows, second: RunRows) -> Mapping[str, Comparison]:
    return {str(scope): comparison(first, second, scope) for scope in SCOPES}


def _not_whole(rows: RunRows, other: RunRows) -> int:
    """The answers of `rows` that are empty or cut off, of the prompts that `other` has too."""
    return sum(not row.whole for prompt, row in rows.items() if prompt in other)


def _sound(first: AnsweredPrompt, _second: AnsweredPrompt) -> bool:
    return not first.defective


def _matched(first: AnsweredPrompt, second: AnsweredPrompt) -> bool:
    shorter, longer = sorted((first.answer_length, second.answer_length))
    return 0 < longer * 4 <= shorter * 5
