"""Results of a study on the cast's four prompts: rain helped, tea hurt, bike swapped, moon tied."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import User

from annotator.analysis.progress import patterns_by_outcome
from annotator.analysis.results.comparisons import detectable
from annotator.analysis.results.further_tables import further_tables
from annotator.analysis.results.judged import judged_statistics
from annotator.analysis.results.published import published_figures
from annotator.analysis.results.sentences import limit_sentences
from annotator.analysis.results.study_results import known_results, runs_compared, study_results
from annotator.analysis.results.values import StudyResults
from annotator.datasets.models import Constraint
from annotator.exemplars.models import PromptSet, PromptSetUse
from annotator.runs.models import Generation, JudgeReply, LanguageModel, Run, Verdict
from annotator.statistics.paired_difference import PairedCounts, newcombe_interval
from annotator.studies.selectors.case_search import CaseQuery, case_search
from annotator.studies.services import case_next, practice_set
from tests.analysis.annotations import judge
from tests.cast import World, judge_reply, make_run
from tests.complexbench import answered_run, make_bench
from tests.studies.annotating import submit

pytestmark = pytest.mark.django_db


def results_of(world: World) -> StudyResults:
    return study_results(world.study, runs_compared(world.study, Run.objects.all()))


def test_accuracies_count_prompts_and_constraints(world: World) -> None:
    first, second = results_of(world).runs
    answer = first.scope("answer")
    assert answer is not None
    # Of base's answers tea and moon obey; bike obeys one of two.
    assert (answer.loose.prompts_obeyed, answer.loose.prompts.n) == (2, 4)
    assert (answer.loose.constraints_obeyed, answer.loose.constraints.n) == (3, 5)
    assert answer.loose.per_prompt.value == pytest.approx((0 + 1 + 0.5 + 1) / 4)
    # no_comma 2 of 4, lowercase 1 of 1
    assert answer.loose.per_kind.value == pytest.approx((2 / 4 + 1) / 2)
    assert (second.run_id, second.strategy) == (world.second_run.pk, "cot")


def test_the_gap_between_scopes_is_beside_the_answers(world: World) -> None:
    pair = results_of(world).pair
    # In the whole completion, commas of the reasoning violate "no commas" everywhere.
    assert pair.by_scope["answer"].prompts.value == 0
    assert pair.by_scope["completion"].prompts.value == -0.5


def test_flips_each_way_and_swaps_inside_ties_are_counted(world: World) -> None:
    pair = results_of(world).pair
    assert pair.outcomes == {"helped": 1, "hurt": 1, "tie": 2, "no_answer": 0}
    assert pair.swaps == 1
    assert (pair.all.both, pair.all.only_first, pair.all.only_second, pair.all.neither) == (1, 1, 1, 1)
    assert pair.all.n == 4


def test_kinds_are_grouped_as_planning_and_precision(world: World) -> None:
    pair = results_of(world).pair
    kinds = {part.name: (part.n, part.first, part.second, part.gained, part.lost) for part in pair.kinds}
    assert kinds == {"punctuation:no_comma": (4, 2, 3, 2, 1), "change_case:english_lowercase": (1, 1, 0, 0, 1)}
    [precision] = pair.groups
    assert (precision.name, precision.n, precision.gained, precision.lost) == ("precision", 5, 2, 2)


def test_a_cut_off_answer_is_counted_with_the_accuracies(world: World) -> None:
    Generation.objects.filter(run=world.second_run, prompt__key="moon").update(
        finish_reason="length", split_status="truncated"
    )
    _, second = results_of(world).runs
    assert (second.completeness.truncated, second.completeness.clean, second.completeness.generations) == (1, 3, 4)


def test_answers_that_are_not_whole_are_told_of_prompts_that_both_runs_answered(world: World) -> None:
    of_run = Generation.objects.filter(run=world.second_run)
    of_run.filter(prompt__key__in=("moon", "tea")).update(finish_reason="length", split_status="truncated")
    Generation.objects.filter(run=world.first_run, prompt__key="tea").update(status="failed")
    results = results_of(world)
    assert (results.runs[1].completeness.truncated, results.pair.all.n) == (2, 3)
    assert (
        "Answers that are empty or were cut off count as they stand: 0 of the first run, 1 of the second."
        in limit_sentences(results)
    )


def test_what_was_requested_stands_beside_what_really_reasoned(world: World) -> None:
    Generation.objects.filter(run=world.second_run, prompt__key="moon").update(reasoning="")
    results = results_of(world)
    first, second = results.runs
    assert (first.completeness.requested, first.completeness.reasoned) == (False, 0)
    assert (second.completeness.requested, second.completeness.reasoned) == (True, 3)
    assert (results.pair.treated.n, results.pair.reasoned) == (3, 3)


@pytest.mark.parametrize("kind", ["omitted", "redacted"])
def test_reasoning_that_a_provider_keeps_to_itself_is_reasoning(world: World, kind: str) -> None:
    Generation.objects.filter(run=world.second_run).update(reasoning="", reasoning_kind=kind)
    results = results_of(world)
    assert (results.runs[1].completeness.reasoned, results.pair.treated.n, results.pair.reasoned) == (4, 4, 4)
    assert not [sentence for sentence in limit_sentences(results) if "was to reason" in sentence]
    assert len(case_search(world.study, CaseQuery(concern="treated")).cases) == 4
    assert results.pair.lengths == [], "there is no text to measure"


def test_what_is_said_about_practice_is_in_no_pattern_of_the_results(world: World, alice: User) -> None:
    case = world.study.cases.get(prompt__key="tea")
    practice_set(case=case, label="hurt", patterns=["neglected"], feedback="")
    submit(case_next(study=world.study, annotator=alice), label="hurt", patterns=["neglected"])
    counted = {pattern.slug: pattern.labels["hurt"] for pattern in results_of(world).pair.patterns}
    assert counted["neglected"] == 0
    assert patterns_by_outcome(world.study) == {}, "nor on the dashboard"
    assert not case_search(world.study, CaseQuery(label="hurt", pattern="neglected")).cases, (
        "as the number's link finds"
    )
    assert case_search(world.study, CaseQuery(label="hurt", annotator=alice.pk)).cases, "of one annotator it is found"


def test_prompts_with_known_defects_are_left_out_beside_the_whole(world: World) -> None:
    prompt = world.dataset.prompts.get(key="tea")
    prompt.known_defects = [{"source": "here", "sentence": "It is odd.", "contradictory": False}]
    prompt.save()
    pair = results_of(world).pair
    assert (pair.all.n, pair.sound.n, pair.defective) == (4, 3, 1)
    assert pair.sound.prompts.value == pytest.approx(1 / 3)


def test_other_known_defects_are_other_results_also_where_they_are_as_many(world: World) -> None:
    defect = [{"source": "here", "sentence": "It is odd.", "contradictory": False}]
    world.dataset.prompts.filter(key="tea").update(known_defects=defect)
    assert results_of(world).pair.sound.only_first == 0, "without tea, which got worse"
    world.dataset.prompts.filter(key="tea").update(known_defects=[])
    world.dataset.prompts.filter(key="rain").update(known_defects=defect)
    assert results_of(world).pair.sound.only_first == 1


def test_answers_of_matched_length_are_compared_apart(world: World) -> None:
    pair = results_of(world).pair
    # "The moon." has 9 characters, "A moon." has 7; the other three pairs differ by a fifth at most.
    assert pair.matched.n == 3


def test_every_strategy_is_compared_with_never_always_and_the_oracle(world: World) -> None:
    few_shot = make_run(world.dataset, world.language_model, "few_shot")
    results = results_of(world)
    first, second, third = results.runs
    assert (first.never, first.always, second.always, second.oracle) == (None, None, None, None)
    assert second.never is not None
    assert second.never.adjusted == 1
    assert third.run_id == few_shot.pk
    assert third.never is not None
    assert third.always is not None
    assert third.oracle is not None
    assert third.never.prompts.value == 0  # the cast's few-shot answers are those of base
    [baselines] = results.baselines
    # The oracle takes the better answer of each: rain, tea and moon obey in full.
    assert (baselines.never.value, baselines.always.value, baselines.oracle.value) == (0.5, 0.5, 0.75)
    assert third.oracle.prompts.value == -0.25


def test_baselines_and_oracle_are_on_the_same_prompts_where_one_run_is_undecided(world: World) -> None:
    undecided = Verdict.objects.filter(generation__run=world.second_run, generation__prompt__key="rain")
    undecided.update(strict=None, loose=None)
    [baselines] = results_of(world).baselines
    # Without rain: base obeys tea and moon of three, cot moon alone.
    assert [estimate.n for estimate in (baselines.never, baselines.always, baselines.oracle)] == [3, 3, 3]
    assert (baselines.never.value, baselines.always.value) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert baselines.oracle.value == pytest.approx(2 / 3)


def test_each_strategy_recovers_a_part_of_the_gap_to_the_oracle(world: World) -> None:
    make_run(world.dataset, world.language_model, "few_shot")
    first, second, third = results_of(world).runs
    assert (first.recovered, second.recovered) == (None, None)
    way = third.recovered
    assert way is not None
    # The cast's few-shot answers are those of base: 0.5 as both baselines, and 0.75 is the oracle.
    assert (way.never.value, way.always.value, way.oracle.value, way.own.value) == (0.5, 0.5, 0.75, 0.5)
    assert (way.over_best.value, way.recovered.value, way.from_never.value, way.apgr) == (0, 0, 0, None)
    assert way.recovered.n == 4


def test_a_strategy_that_decides_by_a_probability_has_an_apgr(world: World) -> None:
    run = make_run(world.dataset, world.language_model, "self_selective")
    # Reasoning helped rain and hurt tea: this ranking puts rain first and tea last. cot lost what base had of the bike.
    for key, probability in (("rain", 0.9), ("tea", 0.1), ("bike", 0.5), ("moon", 0.5)):
        decision = {"chose": "cot", "probability": probability}
        Generation.objects.filter(run=run, prompt__key=key).update(decision=decision)
    way = results_of(world).runs[2].recovered
    assert way is not None
    assert way.apgr is not None
    assert way.apgr.status == "no variation"  # never and always are equally good
    Verdict.objects.filter(generation__run=world.second_run, generation__prompt__key="bike").update(loose=True)
    way = results_of(world).runs[2].recovered
    assert way is not None
    assert way.apgr is not None
    # Over the shares of reasoning, rain counts 7/8 of the time, bike and half a loss of tea 1/2 and 1/8 less.
    assert way.apgr.value == pytest.approx(0.875 + 0.5 - 0.125)


def test_tokens_and_seconds_of_a_local_model_have_no_price(world: World) -> None:
    Generation.objects.filter(run=world.second_run).update(
        prompt_tokens=10, reasoning_tokens=5, completion_tokens=20, latency_s=1.5
    )
    _, second = results_of(world).runs
    usage = second.usage
    assert (usage.prompt_tokens, usage.reasoning_tokens, usage.completion_tokens) == (40, 20, 80)
    assert (usage.counted, usage.seconds, usage.local, usage.price, usage.cost_usd) == (4, 6.0, True, None, None)
    [table] = [table for table in further_tables(results_of(world)) if table.slug == "usage"]
    assert "no price (local)" in [cell.text for cell in table.rows[1]]
    assert "$0.0000" not in [cell.text for row in table.rows for cell in row]


def test_a_hosted_model_costs_its_price_of_a_day(world: World) -> None:
    LanguageModel.objects.update(backend="imported", name="gpt-4o-mini-2024-07-18")
    Generation.objects.filter(run=world.first_run).update(prompt_tokens=0, completion_tokens=0)
    Generation.objects.filter(run=world.second_run).update(prompt_tokens=100_000, completion_tokens=50_000)
    first, second = results_of(world).runs
    assert second.usage.cost_usd == pytest.approx(4 * (0.1 * 0.15 + 0.05 * 0.6))
    assert first.usage.cost_usd is None
    [table] = [table for table in further_tables(results_of(world)) if table.slug == "usage"]
    assert [cell.text for cell in table.rows[1]][-3:-1] == ["$0.1800", "2026-11-30"]
    assert [cell.text for cell in table.rows[0]][-3] == "no token counts"


def test_a_run_is_compared_as_treated_on_prompts_with_reasoning(world: World) -> None:
    Generation.objects.filter(run=world.second_run, prompt__key="moon").update(reasoning="")
    first, second = results_of(world).runs
    assert first.treated is None
    assert second.never is not None
    assert second.treated is not None
    assert (second.never.n, second.treated.n) == (4, 3)


def test_each_run_has_its_kinds_its_scope_gap_and_its_share_without_defects(world: World) -> None:
    first, second = results_of(world).runs
    assert first.kinds == {"change_case:english_lowercase": (1, 1), "punctuation:no_comma": (2, 4)}
    assert (first.sound, second.scope_gap.value is not None and second.scope_gap.value < 0) == (None, True)
    prompt = world.dataset.prompts.get(key="tea")
    prompt.known_defects = [{"source": "here", "sentence": "It is odd.", "contradictory": False}]
    prompt.save()
    first, _ = results_of(world).runs
    assert first.sound is not None
    assert (first.sound.value, first.sound.n) == (pytest.approx(1 / 3), 3)


def test_repeats_of_a_run_are_one_row(world: World) -> None:
    repeat = make_run(world.dataset, world.language_model, "restate")
    Run.objects.filter(pk=repeat.pk).update(repeat_of=world.second_run)
    results = results_of(world)
    assert [run.repeats for run in results.runs] == [1, 2]


def test_the_variance_of_repeats_is_split_between_prompts_and_samples(world: World) -> None:
    assert [run.variance for run in results_of(world).runs] == [None, None]
    repeat = make_run(world.dataset, world.language_model, "restate")
    Run.objects.filter(pk=repeat.pk).update(repeat_of=world.second_run)
    _, second = results_of(world).runs
    variance = second.variance
    assert variance is not None
    assert (variance.samples, variance.prompts, variance.status) == (2, 4, "ok")
    # cot and its repeat, which has the answers of base, obey: rain 1 and 0, tea 0 and 1, bike 0 and 0, moon 1 and 1.
    assert variance.sample == pytest.approx((0.5 + 0.5) / 4)
    assert variance.item == pytest.approx((2 * (0.25 + 0.25) / 3 - 0.25) / 2)
    [table] = [table for table in further_tables(results_of(world)) if table.slug == "repeats"]
    assert [cell.value for cell in table.rows[0]][2:5] == [world.second_run.pk, 2, 4]


def test_outcomes_follow_the_length_of_the_reasoning(world: World) -> None:
    lengths = results_of(world).pair.lengths
    assert sum(part.n for part in lengths) == 4
    assert all(part.low <= part.high for part in lengths)


def test_patterns_count_cases_and_gold_apart(world: World, alice: User, bob: User) -> None:
    for person in (alice, bob):
        judge(world.study, "tea", person, "hurt", patterns=["neglected"])
    patterns = {part.slug: part for part in results_of(world).pair.patterns}
    assert patterns["neglected"].labels["hurt"] == 1
    assert patterns["formatting-gained"].labels["hurt"] == 0


def test_a_few_shot_run_says_how_many_prompts_its_set_took_from_it(world: World) -> None:
    run = make_run(world.dataset, world.language_model, "few_shot")
    prompt_set = PromptSet.objects.create(study=world.study, name="four")
    PromptSetUse.objects.create(prompt_set=prompt_set, run=run, prompts_before=6, prompts_after=4)
    few_shot = results_of(world).runs[2]
    assert (few_shot.before_exclusion, few_shot.completeness.generations) == (6, 4)


def test_published_figures_stand_beside_a_whole_benchmark_alone(world: World) -> None:
    model = LanguageModel(slug="qwen2.5-7b", backend="imported", name="qwen2.5-7b")
    assert published_figures(world.dataset, model) == []
    world.dataset.prompt_count = 541
    figures = {figure.strategy: figure.percent for figure in published_figures(world.dataset, model)}
    assert (figures["base"], figures["cot"], figures["self_reflection"]) == (63.6, 57.7, 74.3)
    world.dataset.format, world.dataset.prompt_count = "complexbench", 1150
    assert {figure.percent for figure in published_figures(world.dataset, model)} >= {60.2, 52.6}


def test_a_judged_run_has_the_statistics_of_complexbench(db: None) -> None:
    run = answered_run(make_bench())
    for constraint in Constraint.objects.filter(prompt__dataset=run.dataset):
        judge_reply(
            run.generations.get(prompt=constraint.prompt),
            constraint,
            mark="violated" if constraint.prompt.key == "2" else "obeyed",
        )
    [judged] = judged_statistics(run, "answer")
    assert (judged.judge, judged.drfr, judged.problem) == ("arbiter@1", (2, 3), "")
    assert judged.dimensions == {"Utility": (2, 3)}
    assert judged.coherent == {"single": (0, 0), "multiple": (0, 0)}
    JudgeReply.objects.filter(constraint__prompt__key="2").delete()
    [unfinished] = judged_statistics(run, "answer")
    assert "has left 1 question unjudged" in unfinished.problem


def test_a_judge_of_another_dataset_makes_no_statistics_of_complexbench(world: World) -> None:
    case = world.study.cases.get(prompt__key="tea")
    judge_reply(case.second)
    assert judged_statistics(world.second_run, "answer") == []


def test_a_comparison_has_a_score_interval_both_tests_and_the_odds(world: World) -> None:
    compared = results_of(world).pair.all  # one better, one worse, two as before
    assert (compared.prompts.low, compared.prompts.high) == pytest.approx((-0.6041, 0.6041), abs=1e-4)
    assert (compared.p_value, compared.mid_p) == (1, pytest.approx(1))
    assert (compared.odds.value, compared.odds.n) == (1, 2)
    counts = PairedCounts(both=1, only_first=1, only_second=1, neither=1)
    assert (compared.newcombe, compared.cohen_h, compared.swaps) == (newcombe_interval(counts), 0, 1)


def test_four_prompts_can_show_no_difference(world: World) -> None:
    results = results_of(world)
    assert results.detectable is None
    assert "4 prompts are few: the interval says which differences they leave open." in limit_sentences(results)


def test_the_power_note_says_which_difference_the_prompts_can_show(world: World) -> None:
    results = results_of(world)
    compared = replace(results.pair.all, both=30, only_first=8, only_second=3, neither=16)
    pair = replace(results.pair, all=compared)
    sentences = limit_sentences(replace(results, pair=pair, detectable=detectable(compared)))
    assert "57 prompts can show a difference of 16.3 points or more; a smaller one may be there." in sentences


def test_results_are_cached_until_a_verdict_changes(world: World) -> None:
    runs = runs_compared(world.study, Run.objects.all())
    assert known_results(world.study, runs) is None
    computed = study_results(world.study, runs)
    assert known_results(world.study, runs) == computed
    Verdict.objects.filter(generation__run=world.second_run, loose=True, scope="answer").update(loose=False)
    assert known_results(world.study, runs) is None


def test_runs_that_the_visitor_may_not_open_are_in_no_result(world: World) -> None:
    other = make_run(world.dataset, world.language_model, "thinking")
    runs = runs_compared(world.study, Run.objects.exclude(pk=other.pk))
    assert [run.pk for run in runs] == [world.first_run.pk, world.second_run.pk]
