"""The history of a case: both runs by their roles, and the verdicts of every scope that has some."""

import re

from annotator.runs.models import Verdict
from annotator.studies.models import Assignment

TAGS = re.compile(r"<[^>]+>|\s+")


def text_of(browser, address):
    return " ".join(TAGS.sub(" ", browser.get(address).content.decode()).split())


def test_the_history_names_each_run_by_its_role(contested, enter, carol):
    shown = text_of(enter(carol), f"/studies/pilot/cases/{contested.pk}/history/")
    assert re.search(r"was given the case, with cot on the (left|right)\.", shown)
    assert re.search(r"chose blind: (left|right), the answer of (base|cot)\.", shown) or "both the same" in shown
    assert re.search(r"No commas punctuation:no_comma base .* No commas punctuation:no_comma cot", shown)


def test_a_scope_has_a_column_where_it_has_verdicts(contested, enter, carol):
    address = f"/studies/pilot/cases/{contested.pk}/history/"
    assert "In the answer In the whole completion Checker version" in text_of(enter(carol), address)
    Verdict.objects.filter(generation=contested.second_id, scope="completion").update(scope=Verdict.Scope.REASONING)
    assert "In the answer In the whole completion In the reasoning" in text_of(enter(carol), address)


def test_the_history_says_which_choice_was_not_blind(contested, enter, carol):
    address, sentence = f"/studies/pilot/cases/{contested.pk}/history/", "so this choice counts in no figure."
    assert sentence not in text_of(enter(carol), address)
    Assignment.objects.filter(case=contested).update(blind=False)
    assert text_of(enter(carol), address).count(sentence) == Assignment.objects.filter(case=contested).count()
