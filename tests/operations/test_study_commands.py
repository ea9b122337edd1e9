"""The commands of a lead: members, hidden checks, queue, skips, sent back annotations, flags."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from annotator.studies.models import Flag, Rework, Study
from annotator.studies.services import assignment_skip, flag_raise, member_add
from tests.cast import make_world
from tests.studies.annotating import held_by, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(alice: User, bob: User, carol: User, lena: User) -> Study:
    study = make_world(overlap=2).study
    roles = ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator"), (lena, "lead"))
    for person, role in roles:
        member_add(study=study, user=person, role=role)
    return study


def output_of(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_member_leaves_and_comes_back(study: Study, alice: User, bob: User) -> None:
    for person in (alice, bob):
        submit(held_by(study, person))
    act = ("members", "pilot", "--by", "lena")
    left = output_of(*act, "--deactivate", "bob", "--reason", "Moved on.", "--left-out", "--hand-out-again")
    assert left == (
        "bob is deactivated; 0 open cases went back to the queue, 1 judged case of 1 are handed out again, "
        "1 gold label changed.\n"
    )
    assert "deactivated, annotations left out: Moved on." in output_of("members", "pilot")
    assert output_of(*act, "--reactivate", "bob").startswith("bob is in again;")
    assert "deactivated" not in output_of("members", "pilot")


def test_hidden_checks_are_marked_listed_rated_and_unmarked(study: Study) -> None:
    case = study.cases.get(prompt__key="tea")
    listed = output_of("hidden_checks", "pilot", "--mark", str(case.pk), "--label", "hurt", "--choice", "first")
    assert listed.splitlines()[0] == f"case {case.pk}  tea  hurt, first obeys better"
    assert "one of 5 cases is one" in output_of("hidden_checks", "pilot", "--every", "5")
    assert output_of("hidden_checks", "pilot", "--unmark", str(case.pk)).startswith("0 hidden checks in pilot;")


def test_the_queue_of_each_annotator_is_told(study: Study, alice: User) -> None:
    submit(held_by(study, alice))
    lines = output_of("queue", "pilot").splitlines()
    assert lines[0] == "alice  work  1 of 4 done, 0 skipped, 0 sent back, 0 held by others"
    assert len(lines) == 2
    assert output_of("queue", "pilot", "alice").splitlines() == lines[:1]


def test_skips_are_listed_handed_out_again_and_taken_back(study: Study, alice: User) -> None:
    held = held_by(study, alice)
    assignment_skip(assignment=held, reason="I wrote it.")
    assert "I wrote it." in output_of("skips", "pilot")
    number = str(held.case_id)
    assert "waits again for 1 annotator" in output_of("skips", "pilot", "--hand-out", number, "--by", "lena")
    assignment_skip(assignment=held_by(study, alice), reason="No.")
    assert output_of("skips", "pilot", "--take-back", number, "--annotator", "alice") == (
        f"alice holds case {number} again.\n"
    )
    assert output_of("skips", "pilot") == "0 skipped cases in pilot.\n"


def test_an_annotation_is_sent_back_also_before_all_are_in(study: Study, alice: User) -> None:
    number = str(submit(held_by(study, alice)).assignment.case_id)
    act = ("send_back", "pilot", "--case", number, "--annotator", "alice", "--note", "Again.", "--by", "lena")
    assert "comes first in the queue of alice" in output_of(*act)
    rework = Rework.objects.get()
    assert output_of("send_back", "pilot") == (
        f"rework {rework.pk}  case {number}  alice: Again.\n1 annotation sent back in pilot.\n"
    )
    output_of("send_back", "pilot", "--withdraw", str(rework.pk))
    assert output_of("send_back", "pilot") == "0 annotations sent back in pilot.\n"


def test_flags_are_listed_answered_and_settled(study: Study, alice: User) -> None:
    flag = flag_raise(assignment=held_by(study, alice), reason="Is it one?")
    assert f"flag {flag.pk}  case {flag.assignment.case_id}: Is it one?" in output_of("flags", "pilot")
    output_of("flags", "pilot", "--answer", str(flag.pk), "--text", "Yes.", "--by", "carol")
    assert output_of("flags", "pilot") == "0 open flags in pilot.\n"
    Flag.objects.update(settled_at=None)
    assert "    answer: Yes." in output_of("flags", "pilot")
    output_of("flags", "pilot", "--settle", str(flag.pk))
    assert Flag.objects.get().settled_at


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("members", "nowhere"), "No study is called 'nowhere'; known: pilot."),
        (("members", "pilot", "--deactivate", "bob", "--reason", "x"), "Say who acts with --by NAME"),
        (("members", "pilot", "--deactivate", "eve", "--by", "lena"), "Nobody is called 'eve' in study pilot; its"),
        (("members", "pilot", "--deactivate", "bob", "--by", "carol"), "Nobody who is called 'carol' leads study"),
        (("members", "pilot", "--deactivate", "bob", "--by", "lena"), "Say in a few words why the member leaves"),
        (
            ("members", "pilot", "--deactivate", "lena", "--reason", "x", "--by", "lena"),
            "lena owns study 'pilot'",
        ),
        (("hidden_checks", "pilot", "--mark", "9999", "--label", "hurt"), "Study pilot has no case 9999;"),
        (("hidden_checks", "pilot", "--mark", "9999"), "Give the known answer of the check with --label"),
        (("hidden_checks", "pilot", "--every", "1"), "One of 1 cases cannot be a hidden check"),
        (("skips", "pilot", "--take-back", "1"), "Say whose skip is taken back with --annotator"),
        (("send_back", "pilot", "--case", "9999", "--annotator", "bob"), "Study pilot has no case 9999;"),
        (("send_back", "pilot", "--withdraw", "9999"), "Study pilot has no rework 9999;"),
        (("flags", "pilot", "--settle", "9999"), "Study pilot has no flag 9999;"),
        (("queue", "pilot", "eve"), "Nobody is called 'eve' in study pilot"),
    ],
)
def test_what_a_command_cannot_do_is_refused_in_one_sentence(
    study: Study, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=f"^{sentence}"):
        output_of(*arguments)
    assert not study.memberships.exclude(deactivated_at=None).exists()
