"""Agreement of a study is that of annotator.statistics on the annotations that count, and on no others."""

import pytest
from django.contrib.auth.models import User

from annotator.analysis import coefficients
from annotator.analysis.agreement import kind_agreement, known_agreement, pair_agreement, study_agreement
from annotator.analysis.coefficients import PAIRS_AT_ONCE
from annotator.statistics.agreement import cohen_kappas, gwet_ac1, krippendorff_alpha, raw_agreement
from annotator.statistics.records import Ratings, presence
from annotator.statistics.spans import span_f1
from annotator.studies.models import Annotation, Membership, Practice
from annotator.studies.services import codebook_load, member_add
from tests.analysis.annotations import assign, judge
from tests.releases.bulk import bulk_study

pytestmark = pytest.mark.django_db

LABELS = {
    "alice": {"rain": "helped", "tea": "hurt", "bike": "no_difference", "moon": "no_difference"},
    "bob": {"rain": "helped", "tea": "hurt", "bike": "helped", "moon": "no_difference"},
}
NEGLECTED = "simple constraint neglected"
BYGONE = {"guideline": "", "patterns": [{"slug": "bygone", "name": "bygone", "help": "", "hotkey": "1"}]}


@pytest.fixture
def judged(world, alice, bob):
    """Alice and bob have judged all four cases as LABELS has it; they differ on the bike."""
    for person in (alice, bob):
        for key, label in LABELS[person.username].items():
            judge(world.study, key, person, label)
    return world


def ratings(*, of=LABELS, keys=("rain", "tea", "bike", "moon")):
    rows = ((key, name, labels[key]) for name, labels in of.items() for key in keys if key in labels)
    return Ratings.of(rows, categories=Annotation.Label.values)


def test_the_label_has_the_coefficients_of_its_ratings(judged):
    agreement = study_agreement(judged.study)
    assert (agreement.annotations, agreement.annotators, agreement.cases, agreement.shared) == (8, 2, 4, 4)
    assert agreement.label.raw == raw_agreement(ratings())
    assert agreement.label.alpha == krippendorff_alpha(ratings())
    assert agreement.label.ac1 == gwet_ac1(ratings())
    assert agreement.label.raw.value == 0.75


def test_only_the_newest_revision_counts(judged, alice):
    judge(judged.study, "bike", alice, "helped")
    agreement = study_agreement(judged.study)
    assert agreement.annotations == 8
    assert agreement.label.raw.value == 1


def test_practice_cases_do_not_count(judged):
    Practice.objects.create(case=judged.study.cases.get(prompt__key="bike"), label="helped")
    agreement = study_agreement(judged.study)
    assert agreement.cases == 3
    assert agreement.label.raw == raw_agreement(ratings(keys=("rain", "tea", "moon")))


def test_each_kind_of_constraint_has_the_cases_that_state_it(judged):
    kinds = {part.name: part for part in kind_agreement(judged.study)}
    assert list(kinds) == ["change_case:english_lowercase", "punctuation:no_comma"]
    assert kinds["punctuation:no_comma"].coefficients.alpha == krippendorff_alpha(ratings())
    only_bike = kinds["change_case:english_lowercase"]
    assert (only_bike.annotations, only_bike.coefficients.raw.n) == (2, 1)
    assert only_bike.coefficients.raw.status == "not enough data"


def test_each_pattern_is_rated_as_given_or_not(judged, alice, bob):
    judge(judged.study, "rain", alice, patterns=("neglected",))
    judge(judged.study, "rain", bob, patterns=("neglected", "other"))
    parts = {part.name: part for part in study_agreement(judged.study).patterns}
    assert list(parts) == ["formatting gained", NEGLECTED, "other"]
    marked = {("rain", "alice"): ["neglected"], ("rain", "bob"): ["neglected", "other"]}
    rows = [(key, name, marked.get((key, name), [])) for name in LABELS for key in LABELS[name]]
    assert parts[NEGLECTED].annotations == 2
    assert parts[NEGLECTED].coefficients.alpha == krippendorff_alpha(presence(rows, "neglected"))
    assert parts["other"].coefficients.ac1 == gwet_ac1(presence(rows, "other"))
    assert parts["formatting gained"].coefficients.alpha.status == "no variation"


def test_who_used_a_codebook_without_the_pattern_was_not_asked(judged, alice):
    older = codebook_load(name="older", content=BYGONE)
    Annotation.objects.filter(assignment__annotator=alice).update(codebook=older)
    neglected = next(part for part in study_agreement(judged.study).patterns if part.name == NEGLECTED)
    assert neglected.coefficients.raw.n == 0
    assert neglected.coefficients.raw.status == "not enough data"


def test_a_pattern_of_an_older_codebook_is_still_listed_after_those_of_today(judged, alice):
    older = codebook_load(name="older", content=BYGONE)
    annotation = judge(judged.study, "rain", alice)
    Annotation.objects.filter(pk=annotation.pk).update(codebook=older)
    annotation.patterns.set(older.patterns.all())
    assert [part.name for part in study_agreement(judged.study).patterns][-1] == "bygone"


def test_evidence_is_compared_over_all_and_within_each_pattern(world, alice, bob):
    text = "second.answer"
    judge(world.study, "rain", alice, spans=((text, 0, 10, "neglected"), (text, 20, 30, "other")))
    judge(world.study, "rain", bob, spans=((text, 5, 15, "neglected"),))
    judge(world.study, "tea", alice, spans=((text, 0, 4, "neglected"),))
    judge(world.study, "tea", bob, spans=((text, 0, 4, "neglected"),))
    judge(world.study, "moon", alice)
    judge(world.study, "moon", bob)
    agreement = study_agreement(world.study)
    everything = [
        ("rain", "alice", [(text, 0, 10), (text, 20, 30)]),
        ("rain", "bob", [(text, 5, 15)]),
        ("tea", "alice", [(text, 0, 4)]),
        ("tea", "bob", [(text, 0, 4)]),
        ("moon", "alice", []),
        ("moon", "bob", []),
    ]
    within = [(key, name, [span for span in spans if span != (text, 20, 30)]) for key, name, spans in everything]
    neglected = next(part for part in agreement.patterns if part.name == NEGLECTED)
    assert agreement.spans == span_f1(everything)
    assert neglected.spans == span_f1(within)
    assert neglected.spans.value == 0.75  # half of rain, all of tea; nobody marked the moon


def test_the_blind_choices_tell_the_side_of_the_screen_from_the_side_that_reasoned(world, alice, bob):
    for key, choice, second_is_left in (
        ("rain", "left", True),
        ("tea", "left", False),
        ("bike", "right", False),
        ("moon", "same", True),
    ):
        assign(world.study, key, alice, blind_choice=choice, second_is_left=second_is_left)
    assign(world.study, "rain", bob, blind_choice="right", second_is_left=False)
    blind = study_agreement(world.study).blind
    assert (blind.position.left_share.value, blind.position.left_share.n) == (0.5, 4)
    assert blind.position.p_value == 1
    assert (blind.second.value, blind.second.n) == (0.75, 3)


def test_a_study_that_nobody_has_judged_has_no_numbers_but_reasons(world):
    agreement = study_agreement(world.study)
    label = agreement.label
    estimates = [label.raw, label.alpha, label.ac1, agreement.spans, agreement.blind.second]
    assert {estimate.status for estimate in estimates} == {"not enough data"}
    assert agreement.blind.position.p_value is None
    assert kind_agreement(world.study) == []
    assert pair_agreement(world.study, pattern="", start=0).total == 0


def test_a_pair_has_cohens_kappa_under_pseudonyms(judged, alice, bob):
    page = pair_agreement(judged.study, pattern="", start=0)
    names = dict(Membership.objects.values_list("user__username", "pseudonym"))
    assert (page.total, page.after) == (1, None)
    assert {page.rows[0].first, page.rows[0].second} == {names["alice"], names["bob"]}
    assert page.rows[0].kappa == cohen_kappas(ratings())["alice", "bob"]


def test_a_pair_has_a_kappa_for_each_pattern_too(judged, alice, bob):
    for key, people in {"rain": (alice, bob), "tea": (alice,)}.items():
        for person in people:
            judge(judged.study, key, person, patterns=("neglected",))
    marked = {("rain", "alice"), ("rain", "bob"), ("tea", "alice")}
    rows = [(key, name, ["neglected"] if (key, name) in marked else []) for name in LABELS for key in LABELS[name]]
    page = pair_agreement(judged.study, pattern="neglected", start=0)
    assert page.rows[0].kappa == cohen_kappas(presence(rows, "neglected"))["alice", "bob"]


def test_pairs_come_in_pages_those_with_most_cases_in_common_first(world):
    people = [User.objects.create_user(f"annotator{n}") for n in range(8)]
    for person in people:
        member_add(study=world.study, user=person, role=Membership.Role.ANNOTATOR)
        judge(world.study, "rain", person)
    for person in people[:2]:
        judge(world.study, "tea", person, "hurt")
    first = pair_agreement(world.study, pattern="", start=0)
    rest = pair_agreement(world.study, pattern="", start=PAIRS_AT_ONCE)
    assert (first.total, len(first.rows), first.after) == (28, PAIRS_AT_ONCE, PAIRS_AT_ONCE)
    assert (len(rest.rows), rest.after) == (8, None)
    assert [row.kappa.n for row in first.rows[:2]] == [2, 1]
    assert len({(row.first, row.second) for row in [*first.rows, *rest.rows]}) == 28


def test_agreement_is_computed_once_for_the_same_annotations(judged, alice, monkeypatch):
    assert known_agreement(judged.study) is None
    once = study_agreement(judged.study)
    monkeypatch.setattr(coefficients, "study_coefficients", lambda *args, **kwargs: pytest.fail("computed again"))
    assert study_agreement(judged.study) == known_agreement(judged.study) == once
    judge(judged.study, "bike", alice, "helped")
    assert known_agreement(judged.study) is None


@pytest.mark.parametrize("cases", [3, 9])
def test_the_number_of_queries_does_not_grow_with_the_study(cases, django_assert_max_num_queries):
    study = bulk_study(cases, overlap=2)
    for number in range(cases):
        for name in ("ann", "ben", f"only-{number}"):
            person = User.objects.get_or_create(username=name)[0]
            member_add(study=study, user=person, role=Membership.Role.ANNOTATOR)
            judge(study, str(number), person, patterns=("neglected",), blind_choice="left")
    with django_assert_max_num_queries(9):
        study_agreement(study)
    with django_assert_max_num_queries(7):
        kind_agreement(study)
    with django_assert_max_num_queries(7):
        pair_agreement(study, pattern="", start=0)
