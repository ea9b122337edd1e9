"""Evidence: stored JSON of every version is read as typed values."""

from annotator.constraints import ConstraintSpec, check
from annotator.runs.selectors import Evidence, Finding, read_evidence


def test_what_a_checker_stores_is_read_back_whole():
    decision = check(ConstraintSpec("punctuation:no_comma", {}), "One, two, three")
    read = read_evidence({"strict": decision.strict.as_stored(), "loose": decision.loose.as_json()})
    for stored, found in ((decision.strict, read.strict), (decision.loose, read.loose)):
        texts = (stored.observed, stored.required, stored.note)
        assert (found.observed, found.required, found.note) == tuple(map(str, texts))
        assert found.spans == stored.spans
    assert read.strict.spans == ((3, 4), (8, 9))
    assert read.judged_by == {}


def test_a_judged_verdict_names_its_judge():
    finding = {"obeyed": True, "observed": "yes", "required": "", "spans": [], "note": ""}
    by = {"judge_name": "gpt-4", "prompt_version": "1", "language": "zh", "role": "judge", "mark": "obeyed"}
    read = read_evidence({"strict": finding, "loose": finding, "judge_reply": by})
    assert (read.strict.observed, read.judged_by["judge_name"]) == ("yes", "gpt-4")


def test_nothing_stored_is_empty_evidence():
    assert read_evidence({}) == Evidence()
    assert read_evidence({"strict": {"note": None}}).strict == Finding()
