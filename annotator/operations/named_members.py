"""Members, cases and authors of one study as arguments of commands."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from annotator import access
from annotator.access.roles import Action
from annotator.studies.models import Case, Membership, Study


def member_called(study: Study, name: str) -> Membership:
    """Return the member of that user name or pseudonym. Raises CommandError, which names the known ones."""
    members = {member.user.get_username(): member for member in study.memberships.select_related("study", "user")}
    named = members | {member.pseudonym: member for member in members.values()}
    if name not in named:
        known = ", ".join(sorted(members)) or "none yet"
        raise CommandError(f"Nobody is called {name!r} in study {study.slug}; its members: {known}.")
    return named[name]


def case_numbered(study: Study, number: int) -> Case:
    """Return the case of that number. Raises CommandError."""
    joined = ("study__codebook", "prompt", "first", "second")
    case = Case.objects.select_related(*joined).filter(study=study, pk=number).first()
    if case is None:
        raise CommandError(f"Study {study.slug} has no case {number}; the list of its cases is on its page.")
    return case


def author_called(study: Study, name: str | None, action: Action) -> User:
    """Return the user who acts, and may do so in this study. Raises CommandError."""
    if not name:
        raise CommandError("Say who acts with --by NAME: it is kept with what is done.")
    user = User.objects.filter(username=name).first()
    if user is None or not access.may(user, action, study):
        words = {"own": "owns", "lead": "leads", "decide": "decides the cases of"}[action]
        raise CommandError(f"Nobody who is called {name!r} {words} study {study.slug}.")
    return user
