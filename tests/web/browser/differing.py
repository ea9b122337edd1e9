"""The gallery with two annotators who disagree, for carol to adjudicate."""

from django.contrib.auth.models import User

from annotator.studies.models import Annotation, Membership
from annotator.studies.services import flag_raise, member_add
from tests.studies.annotating import held_by, submit
from tests.web.browser.gallery import Gallery, make_gallery


def make_differing(alice: User, bob: User, lena: User, carol: User) -> Gallery:
    """alice and bob disagree on the bicycle, with evidence; alice flags the bicycle for discussion."""
    gallery = make_gallery(alice, bob, lena)
    member_add(study=gallery.study, user=carol, role=Membership.Role.ADJUDICATOR)
    submit(held_by(gallery.study, bob), label="no_difference", patterns=["parsing-artefact"], note="The split lost it.")
    alices = submit(
        gallery.held,
        label="hurt",
        patterns=["constraint-neglected", "unasked-addition"],
        note="Plans the copy, forgets the comma rule, adds a friendly last line.",
    )
    bobs = submit(
        held_by(gallery.study, bob), label="cant_tell", patterns=["unasked-addition"], note="Both miss something."
    )
    mark(alices, ("prompt", "Do not use any commas"), ("second.answer", "We hope you enjoy every ride with us!"))
    mark(bobs, ("second.answer", "Ride home folded. We hope"), ("second.reasoning", "add a friendly closing line"))
    Annotation.objects.update(confidence="high")
    flag_raise(assignment=alices.assignment, reason="Does a comma inside a number count?")
    return gallery


def mark(annotation: Annotation, *quotes: tuple[str, str]) -> None:
    case = annotation.assignment.case
    texts = {"prompt": case.prompt.text, "second.answer": case.second.answer, "second.reasoning": case.second.reasoning}
    starts = [(name, texts[name].index(quote), quote) for name, quote in quotes]
    annotation.spans = [
        {"text": name, "start": start, "end": start + len(quote), "pattern": "unasked-addition", "quote": quote}
        for name, start, quote in starts
    ]
    annotation.save(update_fields=["spans"])
