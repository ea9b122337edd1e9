"""No page keeps an English sentence from a Chinese reader: all of them are opened, and what is ours is read.

What is not ours is left out: texts that claim no language (`lang=""`: prompts, answers, notes), code, keys, and the
names that the people of the study gave to things.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs.models import LanguageModel
from annotator.studies.models import Codebook, Membership
from annotator.studies.services import assignment_choose_blind, case_next, codebook_edit, flag_raise, member_add
from tests.exemplars.curating import approved
from tests.paths import REPOSITORY
from tests.studies.annotating import submit
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.browser.repairing import bicycle, with_attempts

SPOKEN = ("title", "aria-label", "placeholder", "alt")
NOT_OURS = {"script", "style", "code", "pre", "kbd", "textarea"}
VOID = {"meta", "link", "input", "br", "hr", "img"}
QUOTED = re.compile("“[^”]*”")  # out of the prompt or the answer
ENGLISH = re.compile(r"[A-Za-z][A-Za-z’'-]*(?:[,.;:]?\s+[A-Za-z][A-Za-z’'-]*)+")
NAMES = {"Gwet AC1", "Authorization: Token TOKEN", "make worker MODEL", "left, same, right"}  # names, and what is typed


class OurWords(HTMLParser):
    """The words on a page that are ours: its texts and the attributes that are shown, read out or shown by a script."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        foreign = self._foreign() or tag in NOT_OURS or known.get("lang") in ("", "en")
        if tag not in VOID:
            self._open.append((tag, foreign))
        if not self._foreign() or tag in VOID:
            self.words += [each or "" for name, each in attributes if name in SPOKEN or name.startswith("data-")]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._foreign():
            self.words.append(data)

    def _foreign(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def our_words(html: str) -> Sequence[str]:
    parser = OurWords()
    parser.feed(html)
    return [*parser.words, *charted(html)]


def charted(html: str) -> Iterator[str]:
    """Titles and words inside the specifications of charts."""

    def walk(node: Any) -> Iterator[str]:
        if isinstance(node, Mapping):
            yield from (str(node[name]) for name in ("title", "end", "words", "series") if name in node)
            node = list(node.values())
        if isinstance(node, list):
            for inner in node:
                yield from walk(inner)

    for spec in re.findall(r'<script id="[a-z-]*chart[a-z-]*" type="application/json">(.*?)</script>', html):
        yield from walk(json.loads(spec))


@pytest.fixture
def gallery(alice: User, bob: User, carol: User, lena: User, monkeypatch: pytest.MonkeyPatch) -> Gallery:
    """The gallery, with a case that alice and bob judged differently, flags, disputes and practice."""
    monkeypatch.setattr("annotator.runs.dispatch.wake", lambda _model: None)
    made = make_gallery(alice, bob, lena)
    member_add(study=made.study, user=carol, role=Membership.Role.ADJUDICATOR)
    return made


@pytest.fixture
def read(client: Client, gallery: Gallery) -> Callable[..., str]:
    """Opens a page in Chinese, or posts to it, and asserts that none of our words on it is English."""
    names = [gallery.study.title, gallery.study.codebook.name, "everyday"]
    for codebook in Codebook.objects.all():
        names += [codebook.guideline]
        for pattern in codebook.patterns.all():
            names += [pattern.name, pattern.help, pattern.examples]
    for model in LanguageModel.objects.all():
        names += [model.slug, model.name]
    known = sorted({*names, *NAMES} - {""}, key=len, reverse=True)

    def opened(person: User | None, path: str, data: dict[str, Any] | None = None, *, status: int = 200) -> str:
        if person is not None:
            client.force_login(person)
        ask = client.get if data is None else client.post
        answer = ask(path, data or {}, HTTP_ACCEPT_LANGUAGE="zh-hans")
        assert answer.status_code == status, path
        html: str = answer.content.decode()
        for words in our_words(html):
            for name in known:
                words = words.replace(name, "·")
            found = ENGLISH.search(QUOTED.sub("“”", words))
            assert not found, f"{path}: “{found[0]}” in “{' '.join(words.split())}”"
        return html

    return opened


def test_the_pages_of_a_stranger(read: Callable[..., str]) -> None:
    read(None, "/login/")
    read(None, "/login/", {"username": "nobody", "password": "wrong"})
    read(None, "/nowhere/", status=404)
    read(None, "/api/v1/docs/")


def test_the_pages_of_an_annotator(gallery: Gallery, read: Callable[..., str], alice: User, bob: User) -> None:
    held, judged = gallery.held, gallery.judged
    case, study = f"/cases/{held.case_id}/", f"/studies/{gallery.study.slug}/"
    for path in ("/", study, case, f"{case}diff/", f"{case}markdown/", f"/cases/{judged.case_id}/"):
        read(alice, path)
    read(alice, f"{case}choose/", {}, status=422)
    read(alice, f"{case}choose/", {"choice": "strange"}, status=409)
    read(alice, f"{case}skip/", {"reason": ""}, status=422)
    read(alice, f"{case}flag/", {"reason": ""}, status=409)
    flag_raise(assignment=held, reason="two readings")
    assignment_choose_blind(assignment=held, choice="left")
    read(alice, case)
    read(alice, f"{case}submit/", {}, status=422)
    submit(held)
    read(alice, case)
    read(alice, study)
    mine = case_next(study=gallery.study, annotator=bob)
    read(bob, f"/cases/{mine.case_id}/skip/", {"reason": "too long"}, status=302)
    read(bob, f"/cases/{mine.case_id}/")


def test_the_pages_of_a_lead(gallery: Gallery, read: Callable[..., str], lena: User, carol: User) -> None:
    study, untouched = f"/studies/{gallery.study.slug}/", gallery.study.cases.filter(assignments=None).first()
    practice = f"{study}cases/{untouched.pk}/practice/"
    paths = (
        *("/", study, "/studies/new/", "/runs/", "/runs/new/", "/datasets/", "/datasets/everyday/1/"),
        *(f"/runs/{gallery.waiting.pk}/", f"/runs/{gallery.done.pk}/", f"/runs/{gallery.waiting.pk}/progress/"),
        *(f"/runs/{gallery.done.pk}/prompts/{place}/" for place in range(4)),
        *(f"{study}cases/", f"{study}cases/?concern=practice", f"{study}codebook/", practice),
        *(f"{study}agreement/", f"{study}agreement/?now", f"{study}dashboard/", f"{study}dashboard/?now"),
        *(f"{study}agreement/{part}/" for part in ("numbers", "kinds", "pairs")),
        f"{study}adjudicate/",
    )
    for path in paths:
        read(lena, path)
    read(lena, "/studies/new/", {"slug": "a b"}, status=422)
    read(lena, "/runs/new/", {"seed": "x"}, status=422)
    read(lena, f"{study}cases/?outcome=strange", status=400)
    read(lena, f"{study}members/", {"user": "nobody", "role": "lead"}, status=422)
    read(lena, study)
    read(lena, f"{study}codebook/", {}, status=422)
    content = json.loads((REPOSITORY / "fixtures" / "codebook.json").read_text())
    content["patterns"][0] |= {"needs_text": True, "examples": "瞧"}
    codebook_edit(study=gallery.study, base_id=gallery.study.codebook_id, content=content)
    read(lena, f"{study}codebook/")
    read(lena, practice, {"label": "hurt", "feedback": "x"}, status=302)
    read(lena, practice)
    read(lena, f"/runs/{gallery.done.pk}/cancel/", {}, status=302)
    read(lena, f"/runs/{gallery.done.pk}/")


def test_the_pages_of_an_adjudicator(
    gallery: Gallery, read: Callable[..., str], alice: User, bob: User, carol: User
) -> None:
    study, case = f"/studies/{gallery.study.slug}/", gallery.judged.case
    for path in (study, f"{study}adjudicate/{case.pk}/", f"{study}cases/{case.pk}/history/"):
        read(carol, path)
    other = case_next(study=gallery.study, annotator=bob)
    assert other.case_id == case.pk
    assignment_choose_blind(assignment=other, choice="same")
    submit(other, label="hurt", patterns=["parsing-artefact"], note="seen", confidence="low")
    flag_raise(assignment=other, reason="is this a comma?")
    page, history = f"{study}adjudicate/{case.pk}/", f"{study}cases/{case.pk}/history/"
    for path in (f"{study}adjudicate/", page, history):
        read(carol, path)
    read(carol, f"{page}decide/", {"label": "hurt", "base_revision": "0"}, status=422)
    read(carol, f"{page}decide/", {"label": "hurt", "base_revision": "7", "reason": "so"}, status=409)
    read(carol, f"{page}decide/", {"label": "hurt", "base_revision": "0", "reason": "so"}, status=302)
    for path in (page, history, f"{study}adjudicate/"):
        read(carol, path)


def test_the_pages_of_a_curator(gallery: Gallery, read: Callable[..., str], dan: User) -> None:
    member_add(study=gallery.study, user=dan, role=Membership.Role.CURATOR)
    study = f"/studies/{gallery.study.slug}/"
    for path in (study, f"{study}repairs/", f"{study}exemplars/"):
        read(dan, path)
    candidate = bicycle(gallery, dan)
    with_attempts(candidate, dan)
    page = f"{study}repairs/{candidate.pk}/"
    for path in (page, f"{study}repairs/", f"{page}attempts/"):
        read(dan, path)
    read(dan, f"{page}check/", {"answer": "One, two.", "reasoning": ""})
    read(dan, f"{page}edit/", {"answer": "One two.", "position": "7"}, status=409)
    read(dan, f"{page}approve/", {"answer": "One, two."}, status=409)
    read(dan, f"{page}request/", {}, status=422)
    read(dan, f"{page}reject/", {}, status=422)
    exemplar = approved(candidate.repairs.get(round=2, sample=1), dan)
    for path in (page, f"{study}exemplars/"):
        read(dan, path)
    read(dan, f"{study}exemplars/{exemplar.pk}/withdraw/", {"reason": "dull"}, status=302)
    read(dan, f"{study}exemplars/")


def test_a_sentence_of_ours_that_stays_english_is_found(read: Callable[..., str]) -> None:
    words = our_words('<p title="Not yet done">好 <b lang="">not ours</b> <kbd>a b</kbd> still <i>ours</i></p>')
    assert [word for word in words if ENGLISH.search(word)] == ["Not yet done"]
    assert "not ours" not in words
