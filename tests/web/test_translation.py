"""The catalogue is complete, and every page is in the language of its reader."""

import gettext
import re
import shutil
from pathlib import Path

import polib
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils.html import escape
from django.utils.translation import override

from annotator.constraints import title
from annotator.studies.errors import NotAMember
from annotator.studies.services import case_next
from annotator.web.labels import localized
from tests.cast import World
from tests.constraints.deciding import strict
from tests.constraints.test_messages import checker_messages
from tests.paths import REPOSITORY

CATALOGUE = REPOSITORY / "locale" / "zh_Hans" / "LC_MESSAGES"
PO, MO = CATALOGUE / "django.po", CATALOGUE / "django.mo"
ENTRIES = list(polib.pofile(PO))
CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9,en;q=0.5"}
NEEDS_XGETTEXT = pytest.mark.skipif(not shutil.which("xgettext"), reason="xgettext is not installed (gettext)")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]|\{\w+\}|</?(?:b|kbd|time)[^>]*>")


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


# ---- the catalogue


def test_every_sentence_is_translated_and_none_is_a_guess_or_left_over() -> None:
    assert not [entry.msgid for entry in ENTRIES if not all(translations(entry)) or entry.fuzzy or entry.obsolete]


def test_a_translation_has_the_placeholders_and_tags_of_its_sentence() -> None:
    def parts(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    for entry in ENTRIES:
        assert all(parts(each) == parts(entry.msgid_plural or entry.msgid) for each in translations(entry)), entry.msgid


def test_a_translation_is_chinese_unless_it_is_a_name() -> None:
    names = {"Krippendorff’s alpha", "Gwet’s AC1", "Cohen’s kappa", "Markdown", "DRFR, %", "n", "p", "p, Holm"}
    names |= {"Webhook", "Webhooks", "webhooks"}
    assert not [
        entry.msgid
        for entry in ENTRIES
        if entry.msgid not in names
        and re.search("[A-Za-z]", PLACEHOLDER.sub("", entry.msgid))
        and not all(re.search("[一-鿿]", each) for each in translations(entry))
    ]


def test_what_is_compiled_is_what_is_written() -> None:
    with MO.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in ENTRIES:
        if entry.msgid_plural:
            assert compiled.ngettext(entry.msgid, entry.msgid_plural, 2) == entry.msgstr_plural[0]
        elif entry.msgctxt:
            assert compiled.pgettext(entry.msgctxt, entry.msgid) == entry.msgstr
        else:
            assert compiled.gettext(entry.msgid) == entry.msgstr
    assert len(polib.mofile(str(MO))) == len(ENTRIES)


@NEEDS_XGETTEXT
def test_the_catalogue_has_every_sentence_of_the_code_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("annotator", "templates", "workers"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    (tmp_path / "locale").mkdir()
    monkeypatch.chdir(tmp_path)
    with override_settings(LOCALE_PATHS=[tmp_path / "locale"]):
        call_command("makemessages", locale=["zh_Hans"], verbosity=0)
    found = polib.pofile(tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po")

    def key(entry: polib.POEntry) -> tuple[str, str, str]:
        return entry.msgctxt or "", entry.msgid, entry.msgid_plural

    assert {key(entry) for entry in found} == {key(entry) for entry in ENTRIES}


# ---- refusals


def test_a_service_refuses_in_the_language_of_the_reader_and_in_english_on_the_command_line(
    world: World, mallory: User
) -> None:
    with override("zh-hans"), pytest.raises(NotAMember, match="你不属于研究 'pilot'；请让其负责人添加你。"):
        case_next(study=world.study, annotator=mallory)
    with pytest.raises(NotAMember, match="You do not belong to study 'pilot'"):
        case_next(study=world.study, annotator=mallory)


def test_rest_refuses_in_the_language_that_is_asked_for(client: Client, lena: User) -> None:
    assert client.get("/api/v1/studies/", **CHINESE).json()["detail"].startswith("请先表明身份")
    client.force_login(lena)
    answer = client.get("/api/v1/studies/?status=strange", **CHINESE)
    sentence = "status: 未知的值 'strange'；请选择 open, closed 之一。"
    assert (answer.status_code, answer.json()["detail"]) == (400, sentence)
    assert client.get("/api/v1/studies/?x=1", **CHINESE).json()["detail"].startswith("未知查询参数 'x'")


# ---- checkers


def test_all_that_checkers_say_is_said_in_chinese() -> None:
    english = re.compile(r"[A-Za-z]{3,}(?: [A-Za-z]{3,})+")
    with override("zh-hans"):
        for text in checker_messages():
            told = re.sub("“[^”]*”", "“”", localized(text))
            assert not english.search(told), f"“{text}” is said as “{told}”"


def test_a_stored_note_is_said_in_chinese_whatever_the_text_holds(world: World, client: Client, lena: User) -> None:
    generation = world.first_run.generations.get(prompt__key="rain")
    verdict = generation.verdicts.get(scope="answer")
    phrase = "100 %(n)d <b>%s</b>"
    made = strict("startend:end_checker", {"end_phrase": phrase}, "Rain.")
    verdict.evidence = {"strict": made.as_stored(), "loose": made.as_json()}
    verdict.save()
    client.force_login(lena)
    address = f"/runs/{world.first_run.pk}/prompts/{generation.position}/"
    told = escape(f"，要求 “{phrase}”")
    assert told in client.get(address, **CHINESE).content.decode()
    assert escape(made.note) in client.get(address).content.decode()


def test_a_note_that_was_stored_before_is_shown_as_it_stands() -> None:
    with override("zh-hans"):
        assert localized("3 commas, none allowed") == "3 commas, none allowed"
        assert localized("no commas") == "没有逗号"
        assert localized("") == ""


def test_a_title_begins_as_it_does_in_english() -> None:
    assert localized(title("length_constraints:number_words", {"num_words": 60, "relation": "at least"})) == (
        "At least 60 words"
    )
