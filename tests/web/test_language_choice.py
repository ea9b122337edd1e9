"""The language of a page, and the redirect after choosing another one: always to a page that can be opened."""

import re
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.asserts import assertInHTML

from annotator.studies.services import case_next
from tests.cast import World

CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9,en;q=0.5"}


def test_the_first_visit_is_in_the_language_that_the_browser_asks_for(client: Client, db: None) -> None:
    answer = client.get("/login/", **CHINESE)
    assert '<html lang="zh-hans"' in answer.content.decode()
    assert "用户名" in answer.content.decode()
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in answer.headers["Vary"].split(",")}
    assert '<html lang="en"' in client.get("/login/", HTTP_ACCEPT_LANGUAGE="fr").content.decode()


def test_the_choice_in_the_bar_outlives_the_visit_and_leads_back(client: Client, alice: User, world: World) -> None:
    client.force_login(alice)
    page = client.get("/studies/pilot/?x=1").content.decode()
    assert '<input type="hidden" name="next" value="/studies/pilot/?x=1">' in page
    assertInHTML('<button class="quiet" name="language" value="zh-hans" lang="zh-hans">简体中文</button>', page)
    answer = client.post("/language/", {"language": "zh-hans", "next": "/studies/pilot/?x=1"})
    assert answer.url == "/studies/pilot/?x=1"
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME]["max-age"]
    page = client.get("/studies/pilot/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert '<html lang="zh-hans"' in page
    assert "开始标注" in page
    assertInHTML('<button class="quiet" name="language" value="en" lang="en">English</button>', page)


def test_the_choice_leads_to_no_other_site_and_needs_a_token(db: None) -> None:
    assert Client().post("/language/", {"language": "en", "next": "https://evil.example/"}).url == "/"
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/language/", {"language": "zh-hans"}, **CHINESE).status_code == 403


def test_one_readers_language_is_not_the_next_ones(client: Client, lena: User, world: World) -> None:
    """Caches of the analysis and of the REST schema serve readers of every language."""
    client.force_login(lena)
    for path in ("/studies/pilot/agreement/?now", "/studies/pilot/dashboard/?now", "/api/v1/docs/"):
        chinese = client.get(path, **CHINESE).content.decode()
        english = client.get(path).content.decode()
        assert re.search("<h1>[一-鿿A-Z ]+</h1>", chinese), path
        assert not re.search("[一-鿿]", english.replace("简体中文", "")), path


def next_of(answer: Any) -> str:
    found = re.search(r'name="next" value="([^"]*)"', answer.content.decode())
    assert found is not None
    return unescape(found[1])


def test_a_page_leads_to_itself(client: Client, world: World, lena: User) -> None:
    client.force_login(lena)
    assert next_of(client.get("/studies/pilot/agreement/?now&pattern=other")) == (
        "/studies/pilot/agreement/?now&pattern=other"
    )


@pytest.mark.parametrize("action", ["choose", "submit", "skip", "flag"])
def test_a_refused_annotation_leads_to_its_case(client: Client, world: World, alice: User, action: str) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    client.force_login(alice)
    page = f"/cases/{held.case_id}/"
    assert next_of(client.post(f"{page}{action}/")) == page
    assert client.get(page).status_code == 200


def test_a_page_that_was_prefetched_leads_to_its_own_case(client: Client, world: World, alice: User) -> None:
    held = case_next(study=world.study, annotator=alice)
    client.force_login(alice)
    found = next_of(client.post("/studies/pilot/prefetch/"))
    assert re.fullmatch(r"/cases/\d+/", found)
    assert held is not None
    assert found != f"/cases/{held.case_id}/"


@pytest.mark.parametrize(
    ("sent_to", "page"),
    [
        ("/studies/pilot/adjudicate/{case}/decide/", "/studies/pilot/adjudicate/{case}/"),
        ("/studies/pilot/members/", "/studies/pilot/"),
        ("/studies/new/", "/studies/new/"),
        ("/studies/pilot/flags/77/settle/", "/studies/pilot/"),
        ("/studies/nowhere/close/", "/studies/nowhere/"),
    ],
)
def test_what_is_refused_leads_to_the_page_or_the_one_above_it(
    client: Client, world: World, lena: User, sent_to: str, page: str
) -> None:
    case = world.study.cases.values_list("pk", flat=True)[0]
    client.force_login(lena)
    found = next_of(client.post(sent_to.format(case=case)))
    assert found == page.format(case=case)
    assert client.get(found).status_code in (200, 404)  # never the empty page of a wrong verb
