"""A classifier that reads the blind page cannot tell which side was reasoned for, whatever the models wrote."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from statsmodels.stats.proportion import proportion_confint

from annotator.constraints import split_completion
from annotator.datasets.models import Prompt
from annotator.runs.models import Generation, Verdict
from annotator.strategies import strategy_spec
from annotator.studies.models import Assignment, Case, Membership, Study
from annotator.studies.services import assignment_choose_blind, member_add
from tests.paths import REPOSITORY
from tests.releases.bulk import bulk_study
from tests.web.case.scripted_completions import scripted_completions

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

Features = dict[str, int]
SCRIPTED = 200
ANSWER = re.compile(r'<div class="reading answer"[^>]*>(.*?)</div>', re.DOTALL)
MARKERS = {
    "think": re.compile(r"\bTHINK\b"),
    "answer": re.compile(r"\bANSWER\b"),
    "label": re.compile(r"^\W*(?:think|thought|reasoning|(?:final )?answer)\W*:", re.IGNORECASE | re.MULTILINE),
    "tag": re.compile(r"&lt;/?think", re.IGNORECASE),
    "placeholder": re.compile(r"&lt;[^&]*(?:think|final answer)[^&]*&gt;"),
    "white space": re.compile(r"\A\s|\s\Z|\n\n\n"),
}


@pytest.fixture
def cases(alice: User) -> Sequence[Case]:
    """The demo's cases and scripted ones, with what their models wrote, split as a worker splits it."""
    written = [*_demo(), *_scripted()]
    study = bulk_study(len(written))
    member_add(study=study, user=alice, role=Membership.Role.ANNOTATOR)
    Verdict.objects.all().delete()
    found = list(study.cases.select_related("prompt", "first", "second").order_by("prompt__position"))
    for case, (prompt, base, cot) in zip(found, written, strict=True):
        case.prompt.text = prompt
        _write(case.first, "base", *base)
        _write(case.second, "cot", *cot)
    Prompt.objects.bulk_update([case.prompt for case in found], ["text"])
    fields = ["completion", "answer", "reasoning", "split_status", "finish_reason"]
    Generation.objects.bulk_update([each for case in found for each in (case.first, case.second)], fields)
    return found


def _demo() -> Iterator[tuple[str, tuple[str, str], tuple[str, str]]]:
    lines = (REPOSITORY / "fixtures" / "prompts.jsonl").read_text().splitlines()
    prompts = {str(row["key"]): row["prompt"] for row in map(json.loads, lines)}
    written: dict[str, dict[str, tuple[str, str]]] = {}
    for row in map(json.loads, Path(__file__).with_name("demo_completions.jsonl").read_text().splitlines()):
        written.setdefault(row["key"], {})[row["strategy"]] = row["completion"], row["finish"]
    return ((prompts[key], texts["base"], texts["cot"]) for key, texts in written.items())


def _scripted() -> Iterator[tuple[str, tuple[str, str], tuple[str, str]]]:
    for base, cot, finish in scripted_completions(SCRIPTED, seed=11):
        yield "Write a short text. Use no commas.", (base, "stop"), (cot, finish)


def _write(generation: Generation, strategy: str, completion: str, finish: str) -> None:
    split = split_completion(completion, strategy_spec(strategy).split, truncated=finish == "length")
    generation.completion, generation.finish_reason = completion, finish
    generation.answer, generation.reasoning, generation.split_status = split.answer, split.reasoning, split.status


def _shown(browser: Client, assignment: Assignment, second_is_left: bool) -> Features:
    """Words of the blind page outside the answers and marks inside them, by side."""
    Assignment.objects.filter(pk=assignment.pk).update(second_is_left=second_is_left)
    html = browser.get(f"/cases/{assignment.case_id}/").content.decode()
    html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html)
    features: Counter[str] = Counter()
    for side in ("left", "right"):
        article = re.search(rf'<article class="card side" data-side="{side}".*?</article>', html, re.DOTALL)
        assert article is not None
        answer = ANSWER.search(article[0])
        features.update(f"{side}: {word}" for word in ANSWER.sub("", article[0]).replace(side, "").split())
        features.update(_marks(side, answer[1] if answer else ""))
        html = html.replace(article[0], "")
    features.update(html.split())
    return dict(features)


def _marks(side: str, answer: str) -> Features:
    return {f"{side} {name}": len(found) for name, mark in MARKERS.items() if (found := mark.findall(answer))}


def _told_apart(pairs: Sequence[tuple[Features, Features]]) -> tuple[float, float, float]:
    """How often a cross-validated classifier says right which side is which, with Wilson's interval over the cases.

    Each case is a pair, in both orders of its sides: where nothing tells them apart, one of the two is right.
    """
    model = make_pipeline(DictVectorizer(), LogisticRegression(max_iter=1000))
    sides, groups = np.tile([False, True], len(pairs)), np.repeat(np.arange(len(pairs)), 2)
    features = [each for pair in pairs for each in pair]
    said = cross_val_predict(model, features, sides, groups=groups, cv=GroupKFold(5))
    right = float((said == sides).mean())
    low, high = proportion_confint(right * len(pairs), len(pairs), method="wilson")
    return low, right, high


def test_the_blind_page_tells_a_classifier_no_more_than_chance(
    cases: Sequence[Case], client: Client, alice: User
) -> None:
    client.force_login(alice)
    study = Study.objects.get()
    raw: list[tuple[Features, Features]] = []
    shown: list[tuple[Features, Features]] = []
    for case in cases:
        held = Assignment.objects.create(
            case=case, annotator=alice, lease_until="2999-01-01T00:00Z", second_is_left=False
        )
        page = (_shown(client, held, False), _shown(client, held, True))
        held.case.study = study
        if assignment_choose_blind(assignment=held, choice="same").blind:
            shown.append(page)
        first, second = (
            _marks("left", each.completion.replace("<", "&lt;").replace(">", "&gt;"))
            for each in (case.first, case.second)
        )
        swapped = [{name.replace("left", "right"): n for name, n in each.items()} for each in (first, second)]
        raw.append(({**first, **swapped[1]}, {**second, **swapped[0]}))
    assert len(shown) > 100, "enough pages to tell"
    low, right, high = _told_apart(shown)
    assert low <= 0.5 <= high, f"right in {right:.2f} of {len(shown)} cases"
    assert _told_apart(raw)[0] > 0.5, "a classifier that sees the completions as they are can tell"
