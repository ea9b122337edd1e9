"""The attention pages: of a study and of a case, for leads alone."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs import dispatch
from annotator.runs.models import AttentionTrace, LanguageModel
from annotator.studies.models import Case
from annotator.web.attention.tinted import most_attended, tinted_pieces
from tests.cast import World
from tests.traced_studies import LAYERS, trace_planted, tracing_model

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)


def page_of(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_lead_reads_drops_areas_and_controls_of_the_study(client: Client, world: World, lena: User) -> None:
    trace_planted(world.study, filler=True)
    shown = page_of(client, lena, f"/studies/{world.study.slug}/attention/?now")
    assert "attention weight, a token" in shown
    assert "control: filler in place of reasoning" in shown
    assert "control: words that state no constraint" in shown
    assert shown.count('class="chart"') == 2
    assert shown.count('<th scope="row" class="number">') == LAYERS
    other = page_of(client, lena, f"/studies/{world.study.slug}/attention/numbers/?measure=contribution")
    assert "By layer: contribution to the output" in other


def test_without_traces_the_page_says_what_a_trace_is_and_offers_it(client: Client, world: World, lena: User) -> None:
    shown = page_of(client, lena, f"/studies/{world.study.slug}/attention/")
    assert "Nothing is traced yet." in shown
    assert "data-poll" not in shown
    assert "Neither answer of this case is traced" in page_of(client, lena, case_address(world))


def test_a_study_of_another_backend_is_refused_in_a_sentence(client: Client, world: World, lena: User) -> None:
    client.force_login(lena)
    answer = client.post(f"/studies/{world.study.slug}/attention/trace/", follow=True)
    assert "no one model that shows its attention" in answer.content.decode()
    assert not AttentionTrace.objects.exists()


def test_a_click_queues_the_traces_the_controls_and_the_boosts(client: Client, world: World, lena: User) -> None:
    LanguageModel.objects.filter(pk=world.language_model.pk).update(backend="transformers")
    client.force_login(lena)
    address = f"/studies/{world.study.slug}/attention/trace/"
    shown = client.post(address, {"filler": "on", "boost": "on"}, follow=True).content.decode()
    assert "20 traces were queued." in shown  # 8 answers, 4 with filler, 4 with each of two biases
    assert "No worker is listening for tiny" in shown
    assert "0 traces were queued." in client.post(address, {"filler": "on"}, follow=True).content.decode()


def case_address(world: World, query: str = "") -> str:
    case = Case.objects.get(study=world.study, prompt__key="tea")
    return f"/studies/{world.study.slug}/cases/{case.pk}/attention/{query}"


def test_the_prompt_of_a_case_is_tinted_and_its_constraints_stand_out(client: Client, world: World, lena: User) -> None:
    trace_planted(world.study)
    shown = page_of(client, lena, case_address(world, "?layer=2&measure=value"))
    assert '<option value="2" selected>' in shown
    assert '<option value="value" selected>' in shown
    assert "tint5 stated" in shown
    assert "step-chart" in shown
    assert page_of(client, lena, case_address(world, "?layer=99&measure=nonsense"))


def test_a_trace_whose_file_is_elsewhere_is_said_and_the_page_stays(client: Client, world: World, lena: User) -> None:
    trace_planted(world.study)
    AttentionTrace.objects.update(file_hash="sha256:" + 64 * "0")
    assert "has no file on this machine" in page_of(client, lena, case_address(world))


def test_a_trace_whose_file_is_of_other_layers_is_said_and_the_page_stays(
    client: Client, world: World, lena: User
) -> None:
    trace_planted(world.study)
    for trace in AttentionTrace.objects.all():
        trace.summary["layers"].append(99)
        trace.save()
    assert "is not of the layers its row names" in page_of(client, lena, case_address(world, "?layer=99"))


def test_an_annotator_sees_no_attention_since_it_says_whose_answer_is_whose(
    client: Client, world: World, alice: User, mallory: User
) -> None:
    trace_planted(world.study)
    for user in (alice, mallory):
        client.force_login(user)
        assert client.get(f"/studies/{world.study.slug}/attention/").status_code == 404
        assert client.get(case_address(world)).status_code == 404


def test_what_a_prompt_says_is_escaped(client: Client, world: World, lena: User) -> None:
    prompt = world.dataset.prompts.get(key="tea")
    prompt.text = "<script>alert(1)</script> Do not use any commas."
    prompt.save()
    tracing_model()
    trace_planted(world.study)
    shown = page_of(client, lena, case_address(world))
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_the_pieces_of_a_tinted_prompt_joined_are_the_prompt() -> None:
    prompt, places = "Say no commas.", [(-1, -1), (0, 3), (3, 6), (6, 9), (8, 13)]
    pieces = tinted_pieces(prompt, places, [9.0, 0.1, 0.5, 0.0, 1.0], [[4, 13], None])
    assert "".join(piece.text for piece in pieces) == prompt
    assert [piece.level for piece in pieces] == [0, 2, 0, 5, 0]
    assert [piece.stated for piece in pieces] == [False, True, True, True, False]
    assert most_attended(prompt, places, [9.0, 0.1, 0.5, 0.0, 1.0])[0].text == "ommas"
