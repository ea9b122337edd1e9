"""Flags: answered by those who decide, read by the annotator, and opened again by a reply."""

import pytest
from django.contrib.auth.models import User

from annotator.events.models import Event
from annotator.studies.errors import FlagRefused
from annotator.studies.models import Assignment, Flag
from annotator.studies.selectors.history import case_history
from annotator.studies.selectors.waiting import answered_flags, own_waiting_of, waiting_of
from annotator.studies.services import case_next, flag_answer, flag_raise, flag_read, flag_reply
from tests.cast import World
from tests.studies.test_adjudications import reload


@pytest.fixture
def flag(world: World, alice: User) -> Flag:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    return flag_raise(assignment=held, reason="Is a comma in a number one?")


def texts(flag: Flag) -> list[str]:
    return [message.text for message in flag.messages.all()]


def test_an_answer_settles_the_flag_and_is_unread_until_its_annotator_has_read_it(
    flag: Flag, world: World, alice: User, lena: User
) -> None:
    assert waiting_of([world.study])[world.study.pk].flags == 1
    flag_answer(flag=flag, author=lena, text="  Yes, it is. ")
    assert texts(flag) == ["Yes, it is."]
    assert waiting_of([world.study])[world.study.pk].flags == 0
    assert list(answered_flags(alice)) == [flag]
    flag_read(flag=flag)
    assert list(answered_flags(alice)) == []


def test_a_reply_opens_it_again_and_the_next_answer_is_unread_again(
    flag: Flag, world: World, alice: User, lena: User, carol: User
) -> None:
    flag_answer(flag=flag, author=lena, text="Yes.")
    flag_reply(flag=flag, text="And in a date?")
    assert waiting_of([world.study])[world.study.pk].flags == 1
    assert own_waiting_of(alice, [world.study])[world.study.pk].flags == 1
    assert list(answered_flags(alice)) == []
    flag_answer(flag=flag, author=carol, text="There too.")
    assert texts(flag) == ["Yes.", "And in a date?", "There too."]
    assert list(answered_flags(alice)) == [flag]
    kinds = Event.objects.filter(kind__startswith="flag.").values_list("kind", flat=True)
    assert list(kinds) == ["flag.answered", "flag.reopened", "flag.answered"]


def test_the_same_message_sent_twice_is_one(flag: Flag, lena: User) -> None:
    for _ in range(2):
        flag_answer(flag=flag, author=lena, text="Yes.")
    assert texts(flag) == ["Yes."]


@pytest.mark.parametrize(("text", "refusal"), [("  ", "a few words first"), ("x" * 2001, "at most 2000 fit")])
def test_an_empty_or_endless_message_is_refused(flag: Flag, lena: User, text: str, refusal: str) -> None:
    for refused in (lambda: flag_answer(flag=flag, author=lena, text=text), lambda: flag_reply(flag=flag, text=text)):
        with pytest.raises(FlagRefused, match=refusal):
            refused()
    flag.refresh_from_db()
    assert flag.settled_at is None


def test_the_history_tells_it(flag: Flag, lena: User) -> None:
    flag_answer(flag=flag, author=lena, text="Yes.")
    case = reload(Assignment.objects.get(pk=flag.assignment_id).case)
    assert [event.kind for event in case_history(case).events][-3:] == ["flagged", "replied", "settled"]
