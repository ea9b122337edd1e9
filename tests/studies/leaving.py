"""Members who leave, for tests of members."""

from annotator.studies.services import member_deactivate


def member(world, user):
    return world.study.memberships.get(user=user)


def leave(world, user, by, **choices):
    return member_deactivate(membership=member(world, user), by=by, reason="Moved on.", **choices)
