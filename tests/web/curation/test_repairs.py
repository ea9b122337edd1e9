"""The page of repairs: what is proposed and why, sent to repair one by one or in bulk, and the state of candidates."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.exemplars.models import Candidate
from annotator.exemplars.services.candidates import candidate_reject
from annotator.studies.models import Case
from annotator.studies.services import member_add
from annotator.web.curation import picking
from tests.cast import World
from tests.exemplars.curating import approved, candidate_of, case_of, edited
from tests.web.payloads import PAYLOADS

REPAIRS = "/studies/pilot/repairs/"


def page(client: Client, path: str = REPAIRS) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_proposed_case_says_why(curator: Client, world: World) -> None:
    shown = page(curator)
    assert "Write about    tea. Do not use any commas." in shown
    assert "by verdicts alone, nobody has labelled it" in shown
    assert "punctuation:no_comma" in shown


def test_one_click_sends_a_case_to_repair_and_opens_the_editor(curator: Client, world: World, dan: User) -> None:
    answer = curator.post(f"/studies/pilot/cases/{case_of(world).pk}/repair/")
    sent = Candidate.objects.get()
    assert answer.url == f"/studies/pilot/repairs/{sent.pk}/"
    assert (sent.requested_by, sent.basis) == (dan, "verdicts")
    curator.post(f"/studies/pilot/cases/{case_of(world).pk}/repair/")
    assert Candidate.objects.count() == 1


def test_ticked_cases_are_sent_in_bulk(curator: Client, world: World) -> None:
    cases = [case_of(world, key).pk for key in ("tea", "bike")]
    answer = curator.post(f"{REPAIRS}send/", {"case": cases}, follow=True)
    assert "Sent to repair: 2." in answer.content.decode()
    assert set(Candidate.objects.values_list("case", flat=True)) == set(cases)


def test_all_shown_cases_are_sent_at_once(curator: Client, world: World) -> None:
    curator.post(f"{REPAIRS}send/", {"shown": [case_of(world).pk], "all": "1"})
    assert Candidate.objects.get().case == case_of(world)


@pytest.mark.parametrize("fields", [{}, {"case": "seven"}, {"case": "9" * 30}])
def test_nothing_ticked_is_said(curator: Client, fields: dict[str, str]) -> None:
    answer = curator.post(f"{REPAIRS}send/", fields, follow=True)
    assert "Tick at least one proposed case first." in answer.content.decode()


def test_a_case_of_another_study_is_refused_and_nothing_is_sent(curator: Client, world: World) -> None:
    answer = curator.post(f"{REPAIRS}send/", {"case": [case_of(world).pk, 999_999]}, follow=True)
    assert "has no case 999999" in answer.content.decode()
    assert not Candidate.objects.exists()


def test_candidates_are_listed_with_their_state(curator: Client, world: World, dan: User) -> None:
    tea = candidate_of(world, dan)
    assert ">open<" in page(curator)
    attempt = edited(tea, dan)
    assert "proved, waits for approval" in page(curator)
    approved(attempt, dan)
    assert ">approved<" in page(curator)
    bike = candidate_of(world, dan, "bike")
    candidate_reject(candidate=bike, reason="Nobody rides it.", user=dan)
    assert "Nobody rides it." in page(curator)


def test_a_curator_finds_the_repairs_from_the_page_of_the_study(curator: Client) -> None:
    assert f'href="{REPAIRS}"' in page(curator, "/studies/pilot/")


def test_annotators_see_no_way_to_the_repairs(world: World, alice: User, client: Client) -> None:
    client.force_login(alice)
    assert REPAIRS not in page(client, "/studies/pilot/")


def test_a_lead_sends_a_case_to_repair_from_its_pages(world: World, lena: User, client: Client) -> None:
    client.force_login(lena)
    case = case_of(world)
    for path in (f"/studies/pilot/adjudicate/{case.pk}/", f"/studies/pilot/cases/{case.pk}/history/"):
        assert f"/studies/pilot/cases/{case.pk}/repair/" in page(client, path)
    sent = candidate_of(world, lena)
    for path in (f"/studies/pilot/adjudicate/{case.pk}/", f"/studies/pilot/cases/{case.pk}/history/"):
        assert f"/studies/pilot/repairs/{sent.pk}/" in page(client, path)


def test_an_adjudicator_cannot_send_a_case_to_repair(world: World, carol: User, client: Client) -> None:
    member_add(study=world.study, user=carol, role="adjudicator")
    client.force_login(carol)
    assert "Send to repair" not in page(client, f"/studies/pilot/adjudicate/{case_of(world).pk}/")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_prompt_or_reason_says_is_text(curator: Client, world: World, dan: User, payload: str) -> None:
    case = case_of(world)
    type(case.prompt).objects.filter(pk=case.prompt.pk).update(text=payload)
    assert payload not in page(curator) or "<" not in payload
    candidate_reject(candidate=candidate_of(world, dan), reason=payload, user=dan)
    assert payload not in page(curator) or "<" not in payload


def test_the_page_costs_few_statements_however_many_cases_there_are(
    curator: Client, world: World, django_assert_max_num_queries: object
) -> None:
    for key in ("tea", "bike"):
        candidate_of(world, None, key)
    assert Case.objects.count() == 4
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        page(curator)


def test_the_list_of_candidates_has_pages_with_those_still_to_repair_first(
    curator: Client, world: World, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picking, "_CANDIDATES", 1)
    tea, bike = candidate_of(world, dan), candidate_of(world, dan, "bike")
    candidate_reject(candidate=tea, reason="Nobody drinks it.", user=dan)
    first, second = page(curator), page(curator, f"{REPAIRS}?page=2")
    assert f'href="{REPAIRS}{bike.pk}/"' in first
    assert "Nobody drinks it." not in first
    assert 'rel="next" href="?page=2"' in first
    assert "Page 1 of 2, 2 candidates" in first
    assert "Nobody drinks it." in second
    assert 'rel="prev" href="?page=1"' in second
    for odd, shown in (("0", first), ("x", first), ("9" * 30, first), ("77", second)):
        assert ("Nobody drinks it." in page(curator, f"{REPAIRS}?page={odd}")) == (shown is second)


def test_one_page_of_candidates_has_no_links_to_others(curator: Client, world: World, dan: User) -> None:
    candidate_of(world, dan)
    assert 'rel="next"' not in page(curator)
