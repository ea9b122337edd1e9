"""Agreement of a study: overall, by kind of constraint, and by pair of annotators.

Each is computed once and cached.

Owns what is read and kept for it. It does not know the coefficients; they load on the first computation, which takes
seconds, so a page first looks for what is known already.
"""

from collections.abc import Sequence

from annotator.analysis import counted_annotations as rows
from annotator.analysis.agreement_values import PairPage, PartAgreement, StudyAgreement
from annotator.analysis.cache import cached, cached_or_none
from annotator.studies.models import Study


def known_agreement(study: Study) -> StudyAgreement | None:
    """The agreement of the newest annotations, if it has been computed already."""
    known: StudyAgreement | None = cached_or_none(study, "agreement")
    return known


def study_agreement(study: Study) -> StudyAgreement:
    """On the label, on each pattern and on evidence, and the bias of the blind choices."""
    return cached(study, "agreement", lambda: _study_agreement(study))


def kind_agreement(study: Study) -> Sequence[PartAgreement]:
    """On the label, for each kind of constraint over the cases that state it."""
    return cached(study, "kinds", lambda: _kind_agreement(study))


def pair_agreement(study: Study, *, pattern: str, start: int) -> PairPage:
    """A page of pairs from the `start`-th on: on a pattern, by its slug, or on the label where `pattern` is ""."""
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
