"""Agreement of each annotator's labels with gold.

Reads only; loads numpy and statsmodels on first use.

Gold is the newest adjudication of a case. Automatic gold is the label on which all annotators agree, so agreement with
it means little: agreement with gold that a person decided is reported separately.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from annotator.analysis.counted_annotations import newest_annotations
from annotator.statistics.estimates import Estimate
from annotator.studies.models import Adjudication, Annotation, Study, counted_cases


@dataclass(frozen=True, slots=True)
class GoldAgreement:
    """The share of cases labelled as gold: of all cases with gold, and of those that a person decided."""

    all: Estimate
    settled: Estimate


def gold_agreement(study: Study) -> Mapping[int, GoldAgreement]:
    """Return user id -> agreement with gold, for those who annotated a case that has gold. Two queries."""
    gold = _gold(study)
    judged: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = newest_annotations(study).filter(assignment__case__adjudications__revision=1)
    for annotator, case_id, label in rows.values_list("assignment__annotator", "assignment__case", "label"):
        if case_id in gold:
            judged[annotator].append((case_id, label))
    return {annotator: _agreement(labels, gold) for annotator, labels in judged.items()}


def _gold(study: Study) -> Mapping[int, tuple[str, bool]]:
    """case id -> (gold label, whether a person decided it), without cases whose gold was withdrawn."""
    later = Adjudication.objects.filter(case=OuterRef("case"), revision__gt=OuterRef("revision")).order_by()
    newest = Adjudication.objects.filter(~Exists(later), counted_cases("case__"), case__study=study).order_by()
    gold = newest.exclude(label="").values_list("case", "label", "author")
    return {case: (label, author is not None) for case, label, author in gold}


def _agreement(labels: Sequence[tuple[int, str]], gold: Mapping[int, tuple[str, bool]]) -> GoldAgreement:
    settled = [(case_id, label) for case_id, label in labels if gold[case_id][1]]
    return GoldAgreement(all=_share(labels, gold), settled=_share(settled, gold))


def _share(labels: Sequence[tuple[int, str]], gold: Mapping[int, tuple[str, bool]]) -> Estimate:
    from annotator.statistics.agreement import raw_agreement
    from annotator.statistics.records import Ratings

    chosen = [(case_id, "annotator", label) for case_id, label in labels]
    decided = [(case_id, "gold", gold[case_id][0]) for case_id, _ in labels]
    return raw_agreement(Ratings.of([*chosen, *decided], categories=Annotation.Label.values))
