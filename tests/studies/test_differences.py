"""What annotators differ in, shown for each undecided case."""

import pytest
from django.contrib.auth.models import User

from annotator.studies.models import Study
from annotator.studies.selectors.adjudication_queue import undecided_cases
from annotator.studies.selectors.differences import NO_DIFFERENCE, Difference, differences
from annotator.studies.services import member_add
from tests.cast import make_world
from tests.studies.test_adjudications import judged

TEA = {"text": "prompt", "start": 0, "end": 5, "pattern": "", "quote": "Write"}
LATER = {"text": "prompt", "start": 6, "end": 11, "pattern": "", "quote": "about"}


@pytest.fixture
def study(alice: User, bob: User) -> Study:
    study = make_world(overlap=2).study
    for person in (alice, bob):
        member_add(study=study, user=person, role="annotator")
    return study


@pytest.mark.parametrize(
    ("ours", "theirs", "difference"),
    [
        ({"label": "hurt"}, {"label": "helped"}, Difference(labels=["helped", "hurt"])),
        ({"patterns": ["neglected"]}, {}, Difference(patterns=["simple constraint neglected"])),
        ({"patterns": ["neglected"]}, {"patterns": ["neglected"]}, NO_DIFFERENCE),
        ({"spans": [TEA]}, {}, Difference(evidence=True)),
        ({"spans": [TEA]}, {"spans": [LATER]}, Difference(evidence=True)),
        ({"spans": [TEA]}, {"spans": [{**TEA, "end": 3, "quote": "Wri"}]}, NO_DIFFERENCE),
    ],
)
def test_each_kind_of_difference_is_named(study: Study, ours, theirs, difference: Difference) -> None:
    case, _ = judged(study, ours, theirs)
    found = differences([case.pk])[case.pk]
    assert (list(found.labels), list(found.patterns)) == (list(difference.labels), list(difference.patterns))
    assert found.evidence == difference.evidence


def test_the_list_of_undecided_cases_has_it(study: Study, django_assert_max_num_queries) -> None:
    judged(study, {"label": "hurt"}, {"label": "helped"})
    judged(study, {"patterns": ["neglected"]}, {"patterns": ["formatting-gained"]})
    with django_assert_max_num_queries(8):
        first, second = undecided_cases(study)
    assert first.difference.labels == ["helped", "hurt"]
    assert second.difference.patterns == ["simple constraint neglected", "formatting gained"]
