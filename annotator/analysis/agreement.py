"""Agreement of a study: overall, by kind of constraint, and by pair of annotators.

Owns what is read from the database and cached. It does not know the coefficients, whose libraries load on the first
computation: that takes seconds, so a page first looks for a cached result.
"""

from collections.abc import Sequence

from annotator.analysis import counted_annotations as rows
from annotator.analysis.agreement_values import PairPage, PartAgreement, StudyAgreement
from annotator.analysis.cache import cached, cached_or_none
from annotator.studies.models import Study


def known_agreement(study: Study) -> StudyAgreement | None:
    """Return the cached agreement of the newest annotations; None if it has to be computed."""
    known: StudyAgreement | None = cached_or_none(study, "agreement")
    return known


def study_agreement(study: Study) -> StudyAgreement:
    """Return agreement on the label, on each pattern and on evidence, and the position bias of blind choices."""
    return cached(study, "agreement", lambda: _study_agreement(study))


def kind_agreement(study: Study) -> Sequence[PartAgreement]:
    """Return agreement on the label for each kind of constraint, over the cases whose prompts state it."""
    return cached(study, "kinds", lambda: _kind_agreement(study))


def pair_agreement(study: Study, *, pattern: str, start: int) -> PairPage:
    """Return a page of pairs from index `start`: agreement on the pattern with that slug, or on the label if ""."""
    return cached(study, f"pairs.{pattern}.{start}", lambda: _pair_agreement(study, pattern, start))


def _study_agreement(study: Study) -> StudyAgreement:
    from annotator.analysis.coefficients import study_coefficients

    choices = rows.blind_choices(study)
    return study_coefficients(
        rows.counted_annotations(study),
        names=rows.pattern_names(study),
        choices=choices.values_list("case_id", "blind_choice", "second_is_left", "verdicts_shown"),
    )


def _kind_agreement(study: Study) -> Sequence[PartAgreement]:
    from annotator.analysis.coefficients import kind_coefficients

    return kind_coefficients(rows.counted_annotations(study), rows.kinds_by_case(study))


def _pair_agreement(study: Study, pattern: str, start: int) -> PairPage:
    from annotator.analysis.coefficients import label_ratings, pair_kappas, pattern_ratings

    return pair_kappas(
        rows.counted_annotations(study),
        pattern_ratings(pattern) if pattern else label_ratings,
        pseudonyms=study.memberships.pseudonyms(),
        start=start,
    )
