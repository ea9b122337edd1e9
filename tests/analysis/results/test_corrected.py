"""Outcomes that a judge model decided, corrected by the gold of people."""

import pytest

from annotator.analysis.results import sentences
from annotator.analysis.results.corrected import corrected_shares, share_corrected
from annotator.analysis.results.pair_tables import pair_tables
from annotator.analysis.results.sentences import limit_sentences
from annotator.analysis.results.study_results import runs_compared, study_results
from annotator.analysis.results.values import StudyResults
from annotator.runs.models import Run
from annotator.statistics.prediction_powered import GOLD_TO_CORRECT, prediction_powered_mean
from annotator.studies.models import Adjudication, Study
from tests.cast import World, judge_reply

pytestmark = pytest.mark.django_db


def results_of(world: World) -> StudyResults:
    study = Study.objects.get(pk=world.study.pk)
    return study_results(study, runs_compared(study, Run.objects.all()))


@pytest.fixture
def judged(world: World) -> World:
    """A judge model decided rain (helped), tea (hurt) and bike (tie); moon is decided by checkers alone."""
    for case in world.study.cases.filter(prompt__key__in=("rain", "tea", "bike")):
        judge_reply(case.second)
    return world


def decide(world: World, **labels: str) -> None:
    for key, label in labels.items():
        case = world.study.cases.get(prompt__key=key)
        Adjudication.objects.create(case=case, revision=1, label=label, reason="As discussed.")


def test_without_a_judge_or_without_gold_nothing_is_corrected(world: World) -> None:
    decide(world, rain="helped")
    assert corrected_shares(world.study) == []
    assert "corrected" not in [table.slug for table in pair_tables(results_of(world))]


def test_gold_of_cases_that_checkers_decided_corrects_nothing(judged: World) -> None:
    decide(judged, moon="no_difference")
    assert corrected_shares(judged.study) == []


def test_the_outcomes_of_the_judge_stand_beside_gold_with_its_number(judged: World) -> None:
    decide(judged, rain="helped", tea="no_difference", bike="cant_tell")
    helped, hurt, difference = corrected_shares(judged.study)
    assert [part.name for part in (helped, hurt, difference)] == ["helped", "hurt", "difference"]
    assert [(part.judged, part.by_judge, part.corrected.n, part.differing) for part in (helped, hurt, difference)] == [
        (3, 1, 2, 0),
        (3, 1, 2, 1),
        (3, 0, 2, 1),
    ]
    assert (helped.gold_alone.value, hurt.gold_alone.value) == (0.5, 0)
    assert helped.corrected.low is None


def test_the_page_warns_of_little_gold_and_of_gold_that_is_not_random(judged: World) -> None:
    decide(judged, rain="helped", tea="no_difference")
    few = "A judge model decided 3 cases, of which 2 have gold. With fewer than 50 a corrected interval covers"
    assert any(sentence.startswith(few) for sentence in limit_sentences(results_of(judged)))
    assert not any("not in random order" in sentence for sentence in limit_sentences(results_of(judged)))
    Study.objects.filter(pk=judged.study.pk).update(order="hardest")
    assert any("not in random order" in sentence for sentence in limit_sentences(results_of(judged)))


def test_the_sentence_names_the_number_below_which_there_is_no_interval() -> None:
    assert sentences._GOLD_TO_CORRECT == GOLD_TO_CORRECT


def test_enough_gold_gives_the_prediction_powered_interval() -> None:
    """90 of 300 cases have gold; the judge takes each fifth of the hurt ones for a tie."""
    truth = {pk: ("hurt", "tie", "tie", "helped")[pk % 4] for pk in range(300)}
    by_judge = {pk: "tie" if outcome == "hurt" and pk % 5 == 0 else outcome for pk, outcome in truth.items()}
    gold = {pk: truth[pk] for pk in range(90)}
    part = share_corrected("hurt", {"hurt": 1}, by_judge, gold)
    human, model = ([float(values[pk] == "hurt") for pk in range(90)] for values in (gold, by_judge))
    same = prediction_powered_mean(human, model, [float(by_judge[pk] == "hurt") for pk in range(90, 300)])
    assert (part.corrected, part.gold_alone, part.weight) == (same.corrected, same.gold_alone, same.weight)
    assert part.corrected.low is not None
    assert part.corrected.low < 0.25 < part.corrected.high  # type: ignore[operator]
    assert part.by_judge / part.judged == pytest.approx(0.2)
