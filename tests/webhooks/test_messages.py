"""What becomes a message: each event of a study once for each webhook that asked for its kind, and no text in it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from annotator.constraints import CHECKER_VERSION
from annotator.events.models import Event, OutboxEntry
from annotator.events.services import event_append
from annotator.exemplars.services.approvals import exemplar_approve
from annotator.releases import services as releases
from annotator.runs.models import Run
from annotator.runs.services.closing import close_finished_run
from annotator.studies.services import adjudication_decide, case_next, member_add
from annotator.webhooks.kinds import Kind
from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.services.outbox import outbox_empty
from tests.cast import World, make_world
from tests.exemplars.curating import candidate_of, edited
from tests.studies.annotating import submit
from tests.webhooks.rows import make_webhook


@pytest.fixture
def webhook(world: World) -> Webhook:
    return make_webhook(world.study)


def emptied() -> None:
    while outbox_empty():
        pass


def sent(kind: str) -> list[dict[str, Any]]:
    """The data of the messages of a kind, oldest first."""
    emptied()
    bodies = Delivery.objects.filter(kind=kind).order_by("pk").values_list("body", flat=True)
    return [json.loads(body)["data"] for body in bodies]


def label_everything(world: World, *people: User) -> None:
    for person in people:
        while (assignment := case_next(study=world.study, annotator=person)) is not None:
            submit(assignment)


def test_a_labelled_case_and_its_gold_by_the_rule_are_two_messages(world: World, webhook: Webhook, alice: User) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment)
    (labelled,), (gold,) = sent("case.labelled"), sent("gold.decided")
    case, study = assignment.case_id, world.study.pk
    url = f"https://cotrast.example/studies/pilot/cases/{case}/history/"
    assert labelled == {"study": study, "case": case, "url": url}
    assert gold == {"study": study, "case": case, "revision": 1, "by_rule": True, "withdrawn": False, "url": url}
    assert sent("case.adjudicated") == []


def test_an_annotation_that_completes_no_case_is_no_message(alice: User, bob: User) -> None:
    world = make_world(overlap=2)
    make_webhook(world.study)
    for person in (alice, bob):
        member_add(study=world.study, user=person, role="annotator")
        assignment = case_next(study=world.study, annotator=person)
        assert assignment is not None
        assert sent("case.labelled") == []
        submit(assignment, label="hurt" if person == bob else "helped")
    assert len(sent("case.labelled")) == 1
    assert sent("gold.decided") == []


def test_a_decision_of_a_person_is_a_message_about_gold_and_one_about_the_adjudication(
    world: World, webhook: Webhook, alice: User, carol: User
) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment)
    adjudication_decide(
        case=assignment.case, author=carol, base_revision=1, label="hurt", patterns=(), other_text="", spans=(),
        reason="Read twice.",
    )  # fmt: skip
    assert [gold["by_rule"] for gold in sent("gold.decided")] == [True, False]
    (adjudicated,) = sent("case.adjudicated")
    assert (adjudicated["case"], adjudicated["revision"]) == (assignment.case_id, 2)


def test_a_run_tells_every_study_that_pairs_it_and_no_other(world: World, webhook: Webhook) -> None:
    other = make_webhook(make_world("elsewhere").study)
    run = world.first_run
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING)
    assert close_finished_run(run.pk)
    assert sent("run.finished") == [
        {"study": world.study.pk, "run": run.pk, "url": f"https://cotrast.example/runs/{run.pk}/"}
    ]
    assert not other.deliveries.exists()


@pytest.mark.django_db(transaction=True)  # a thread reports how far the snapshot is
def test_an_approved_exemplar_and_a_built_snapshot_are_messages(
    world: World, webhook: Webhook, lena: User, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(releases, "builder_start", lambda: None)
    repair = edited(candidate_of(world, lena), lena)
    exemplar = exemplar_approve(repair=repair, user=lena, checker_version=CHECKER_VERSION)
    releases.snapshot_request(study=world.study, user=lena)
    releases.snapshots_build()
    assert [data["exemplar"] for data in sent("exemplar.approved")] == [exemplar.pk]
    (snapshot,) = sent("snapshot.built")
    assert (snapshot["study"], snapshot["snapshot"]) == (world.study.pk, 1)


def test_a_study_is_complete_once_for_each_number_of_its_cases(world: World, webhook: Webhook, alice: User) -> None:
    label_everything(world, alice)
    emptied()
    assert [data["cases"] for data in sent("study.completed")] == [4]
    case = world.study.cases.all()[0]
    with transaction.atomic():
        event_append("gold.decided", case, {"case": case.pk, "revision": 2, "label": "", "by_rule": True}, publish=True)
    assert len(sent("study.completed")) == 1


def test_a_study_with_an_undecided_case_or_a_running_run_is_not_complete(
    world: World, webhook: Webhook, alice: User
) -> None:
    Run.objects.filter(pk=world.second_run.pk).update(status=Run.Status.RUNNING)
    label_everything(world, alice)
    assert sent("study.completed") == []


def test_only_the_chosen_kinds_are_sent_and_only_what_happened_since_the_registration(
    world: World, alice: User
) -> None:
    first, second = (case_next(study=world.study, annotator=alice) for _ in range(2))
    assert first is not None
    submit(first)
    chosen = make_webhook(world.study, kinds=[Kind.CASE_LABELLED])
    second = case_next(study=world.study, annotator=alice)
    assert second is not None
    submit(second)
    emptied()
    assert Counter(chosen.deliveries.values_list("kind", flat=True)) == {"case.labelled": 1}
    assert json.loads(chosen.deliveries.get().body)["data"]["case"] == second.case_id


def test_what_happens_while_a_webhook_is_off_is_not_sent(world: World, webhook: Webhook, alice: User) -> None:
    Webhook.objects.update(disabled_at="2026-12-01T00:00:00Z")
    label_everything(world, alice)
    emptied()
    assert not Delivery.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_no_message_holds_a_text_a_label_or_a_name(world: World, webhook: Webhook, alice: User, lena: User) -> None:
    label_everything(world, alice)
    exemplar_approve(repair=edited(candidate_of(world, lena), lena), user=lena, checker_version=CHECKER_VERSION)
    emptied()
    everything = " ".join(Delivery.objects.values_list("body", flat=True)).lower()
    private = ("rain", "comma", "helped", "hurt", "alice", "lena", "annotator-1", "does reasoning help", "cot,")
    assert [word for word in private if word in everything] == []
    assert Delivery.objects.count() >= 9


def test_an_event_that_is_rolled_back_is_in_no_outbox(world: World) -> None:
    with transaction.atomic():
        event_append("run.finished", world.first_run, publish=True)
        transaction.set_rollback(True)
    assert not OutboxEntry.objects.exists()
    assert not Event.objects.filter(kind="run.finished").exists()


def test_an_event_whose_study_was_deleted_meanwhile_is_no_message(world: World, webhook: Webhook) -> None:
    with transaction.atomic():
        case = world.study.cases.all()[0]
        event_append("gold.decided", case, {"case": 10**9, "revision": 1, "label": "", "by_rule": True}, publish=True)
    emptied()
    assert not Delivery.objects.exists()
    assert not OutboxEntry.objects.exists()
