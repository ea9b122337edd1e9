"""The answer of a study in one sentence, and sentences on what limits it.

Names of runs come from the caller, who has them in the reader's language.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from annotator.analysis.results.table_values import decimal, p_text
from annotator.analysis.results.values import Comparison, RunResult, StudyResults

_GOLD_TO_CORRECT = 50
"""`annotator.statistics.prediction_powered` gives no corrected interval below; a test keeps the two equal."""

_FEW = 100
"""Below so many prompts, what a study cannot show is said first."""


def answer_sentence(results: StudyResults, *, first: str, second: str) -> str:
    """Say how the second run compares with the first, with the interval, the test and the flips each way."""
    compared = results.pair.all
    difference = compared.prompts
    values = {"first": first, "second": second, "n": f"{compared.n:,}", "worse": f"{compared.only_first:,}"}
    values |= {"better": f"{compared.only_second:,}", "stayed": f"{compared.n - compared.discordant:,}"}
    if difference.value is None:
        return _("Too few prompts were answered by both %(first)s and %(second)s to compare them: %(n)s.") % values
    values |= {"points": decimal(100 * abs(difference.value)), "test": _test(compared)}
    if difference.low is not None and difference.high is not None:
        low, high = (decimal(100 * end, signed=True) for end in (difference.low, difference.high))
        values["test"] = _("95 %% interval %(low)s to %(high)s, %(test)s") % {**values, "low": low, "high": high}
    return _direction(difference.value) % values


def _direction(difference: float) -> str:
    if difference < 0:
        return _(
            "%(second)s obeys every constraint in %(points)s percentage points fewer prompts than %(first)s "
            "(%(test)s): of %(n)s prompts %(worse)s got worse, %(better)s better, and %(stayed)s stayed."
        )
    if difference > 0:
        return _(
            "%(second)s obeys every constraint in %(points)s percentage points more prompts than %(first)s "
            "(%(test)s): of %(n)s prompts %(worse)s got worse, %(better)s better, and %(stayed)s stayed."
        )
    return _(
        "%(second)s obeys every constraint in as many prompts as %(first)s (%(test)s): "
        "of %(n)s prompts %(worse)s got worse, %(better)s better, and %(stayed)s stayed."
    )


def _test(compared: Comparison) -> str:
    if compared.p_value is None:
        return _("paired, no prompt differs")
    return (
        _("paired, p = %(p)s") % {"p": p_text(compared.p_value)}
        if compared.p_value >= 0.001
        else _("paired, p < 0.001")
    )


def limit_sentences(results: StudyResults) -> list[str]:
    """Say what limits the answer: power, scope, answers that are not whole, missing reasoning, defects, training."""
    sentences = [_power(results), _scope_gap(results), _not_whole(results), _not_treated(results), _defects(results)]
    sentences += [_few_gold(results), _chosen_gold(results), *_trained_on(results)]
    return [sentence for sentence in sentences if sentence]


def _power(results: StudyResults) -> str:
    compared = results.pair.all
    if results.detectable is not None:
        return _("%(n)s prompts can show a difference of %(points)s points or more; a smaller one may be there.") % {
            "n": f"{compared.n:,}",
            "points": decimal(100 * results.detectable),
        }
    if compared.n < _FEW:
        return _("%(n)s prompts are few: the interval says which differences they leave open.") % {"n": compared.n}
    return ""


def _scope_gap(results: StudyResults) -> str:
    scopes = results.pair.by_scope
    answer, completion = scopes["answer"].prompts.value, scopes["completion"].prompts.value
    if answer is None or completion is None or abs(answer - completion) < 0.0005:
        return ""
    return _(
        "Judged by the whole completion, reasoning included, the difference is %(completion)s points instead of "
        "%(answer)s: %(gap)s points of it come from the scope."
    ) % {
        "completion": decimal(100 * completion, signed=True),
        "answer": decimal(100 * answer, signed=True),
        "gap": decimal(100 * abs(answer - completion)),
    }


def _own_runs(results: StudyResults) -> list[RunResult]:
    return [run for run in results.runs if run.run_id in (results.first_run, results.second_run)]


def _not_whole(results: StudyResults) -> str:
    first, second = results.pair.not_whole
    if not first + second:
        return ""
    return _(
        "Answers that are empty or were cut off count as they stand: %(first)s of the first run, %(second)s of the "
        "second."
    ) % {"first": first, "second": second}


def _not_treated(results: StudyResults) -> str:
    for run in _own_runs(results):
        complete = run.completeness
        if run.run_id == results.second_run and complete.requested and complete.reasoned < complete.generations:
            return _("The second run was to reason, and did so in %(reasoned)s of %(n)s generations.") % {
                "reasoned": f"{complete.reasoned:,}",
                "n": f"{complete.generations:,}",
            }
    return ""


def _trained_on(results: StudyResults) -> Iterator[str]:
    """Warn of routers that are evaluated on prompts of their own training."""
    for run in results.runs:
        if run.trained_on:
            yield _(
                "The router of run %(run)s was trained on %(trained)s of its %(n)s prompts: what it gains there says "
                "nothing of prompts that it has not seen. The report of the router has held-out prompts."
            ) % {"run": run.run_id, "trained": f"{run.trained_on:,}", "n": f"{run.completeness.generations:,}"}


def _defects(results: StudyResults) -> str:
    pair = results.pair
    if not pair.defective or pair.sound.prompts.value is None:
        return ""
    return _("%(n)s prompts have known defects; without them the difference is %(points)s points.") % {
        "n": pair.defective,
        "points": decimal(100 * pair.sound.prompts.value, signed=True),
    }


def _few_gold(results: StudyResults) -> str:
    """Warn of little gold: a corrected interval is then too narrow (docs/results.md has the simulation)."""
    corrected = results.pair.corrected
    if not corrected or corrected[0].corrected.n >= _GOLD_TO_CORRECT:
        return ""
    return _(
        "A judge model decided %(judged)s cases, of which %(gold)s have gold. With fewer than %(least)s a corrected "
        "interval covers the truth too rarely, so none is shown."
    ) % {"judged": f"{corrected[0].judged:,}", "gold": corrected[0].corrected.n, "least": _GOLD_TO_CORRECT}


def _chosen_gold(results: StudyResults) -> str:
    corrected = results.pair.corrected
    if not corrected or results.random_order or corrected[0].corrected.n == corrected[0].judged:
        return ""
    return _(
        "The queue of this study is not in random order, so the cases with gold are no random part: what gold corrects "
        "may be wrong until all cases have some."
    )
