"""Drafts of decisions: read by their author alone, never overwritten by older ones, deleted by the decision."""

import pytest
from django.contrib.auth.models import User

from annotator.studies.errors import DraftTooLarge, StaleDraft, StaleRevision
from annotator.studies.models import DecisionDraft
from annotator.studies.services import decision_draft_save, member_add
from tests.cast import make_world
from tests.studies.annotating import submit
from tests.studies.test_adjudications import decide, judged, reload
from tests.studies.test_queue import at_once


@pytest.fixture
def case(alice, bob, carol, lena):
    """A case that alice and bob judge differently, for carol and lena to decide."""
    study = make_world(overlap=2).study
    for person, role in ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator"), (lena, "lead")):
        member_add(study=study, user=person, role=role)
    return judged(study, {"label": "hurt"}, {"label": "helped"})[0]


def save(case, adjudicator, version, reason, *, base_revision=0):
    content = {"label": "hurt", "reason": reason}
    return decision_draft_save(
        case=case, adjudicator=adjudicator, base_revision=base_revision, version=version, content=content
    )


def test_each_save_is_the_next_version(case, carol):
    assert save(case, carol, 0, "a").version == 1
    assert save(case, carol, 1, "ab").version == 2
    assert DecisionDraft.objects.get().content == {"label": "hurt", "reason": "ab", "base_revision": 0}


@pytest.mark.parametrize("behind", [0, 1])
def test_an_older_draft_is_not_written_over_a_newer_one(case, carol, behind):
    save(case, carol, 0, "a")
    save(case, carol, 1, "ab")
    with pytest.raises(StaleDraft, match="another tab or device saved draft 2") as refusal:
        save(case, carol, behind, "old")
    assert refusal.value.version == 2
    assert DecisionDraft.objects.get().content["reason"] == "ab"


def test_a_save_whose_answer_was_lost_can_be_sent_again(case, carol):
    for version, reason in ((0, "a\x00"), (0, "a\x00"), (1, "ab"), (1, "ab")):
        saved = save(case, carol, version, reason)
    assert saved.version == 2


def test_a_draft_has_a_size(case, carol):
    save(case, carol, 0, "x" * 60_000)
    with pytest.raises(DraftTooLarge, match="at most 262144 fit"):
        save(case, carol, 1, "x" * 270_000)


def test_two_adjudicators_have_two_drafts_of_one_case(case, carol, lena):
    save(case, carol, 0, "carol's")
    assert save(case, lena, 0, "lena's").version == 1
    assert {row.adjudicator: row.content["reason"] for row in DecisionDraft.objects.all()} == {
        carol: "carol's",
        lena: "lena's",
    }


def test_a_stored_decision_takes_its_authors_draft_away_and_no_other(case, carol, lena):
    save(case, carol, 0, "carol's")
    save(case, lena, 0, "lena's")
    decide(case, carol)
    assert DecisionDraft.objects.get().adjudicator == lena


def test_a_refused_decision_takes_no_draft_away(case, carol, lena):
    save(case, carol, 0, "carol's")
    decide(case, lena)
    with pytest.raises(StaleRevision):
        decide(case, carol)
    assert DecisionDraft.objects.get().adjudicator == carol


def test_what_others_or_a_rule_decide_meanwhile_refuses_nobodys_words(case, carol, lena, alice):
    save(case, carol, 0, "a")
    submit(case.assignments.get(annotator=alice), base_revision=1, label="helped")
    assert case.adjudications.get().author is None
    assert save(case, carol, 1, "ab").version == 2
    decide(case, lena, base_revision=1)
    assert save(case, carol, 2, "abc").version == 3


def test_what_was_on_its_way_when_its_author_decided_is_no_draft_any_more(case, carol):
    save(case, carol, 0, "a")
    decide(case, carol)
    for version in (0, 1):
        with pytest.raises(StaleDraft, match="You decided case") as refusal:
            save(case, carol, version, "ab")
        assert refusal.value.version == 0
    assert not DecisionDraft.objects.exists()


def test_a_draft_of_another_decision_begins_on_top_of_the_one_that_stands(case, carol):
    save(case, carol, 0, "a")
    decide(case, carol)
    assert save(case, carol, 0, "On second thoughts", base_revision=1).version == 1


def test_a_decision_that_is_sent_again_leaves_what_was_typed_since_alone(case, carol):
    decide(case, carol)
    save(case, carol, 0, "On second thoughts", base_revision=1)
    decide(case, carol)
    assert DecisionDraft.objects.count() == 1
    decide(case, carol, base_revision=1)  # decided again on purpose, by an author who saw the newest decision
    assert not DecisionDraft.objects.exists()
    assert case.adjudications.count() == 1


# --- races ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def contested(transactional_db):
    study = make_world(overlap=2).study
    for name in ("alice", "bob"):
        member_add(study=study, user=User.objects.create_user(name), role="annotator")
    return judged(study, {"label": "hurt"}, {"label": "helped"})[0], User.objects.create_user("carol")


@pytest.mark.django_db(transaction=True)
def test_of_tabs_that_save_at_once_one_is_kept_and_the_others_are_told(contested):
    case, carol = contested
    for version in (0, 1):
        failures = at_once(lambda tab, version=version: save(case, carol, version, f"tab {tab}"), range(6))
        assert {type(failure) for failure in failures} == {StaleDraft}
        assert len(failures) == 5
        assert DecisionDraft.objects.get().version == version + 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(4))
def test_a_save_at_the_moment_of_the_decision_leaves_no_draft_behind(contested, round):
    case, carol = contested

    def act(number):
        if number == round:
            decide(reload(case), carol)
        else:
            save(case, carol, 0, "half a word")

    failures = at_once(act, range(4))
    assert {type(failure) for failure in failures} <= {StaleDraft}
    assert case.adjudications.count() == 1
    assert not DecisionDraft.objects.exists()
