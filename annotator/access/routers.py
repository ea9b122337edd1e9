"""Access to trained routers: deciding with one is for everybody signed in, its report for leads.

A router says nothing of a case; its report says how often reasoning helped, which annotators should not know.
"""

from django.db.models import QuerySet

from annotator.access.objects import Visitor, one_or_404
from annotator.access.roles import is_lead
from annotator.routing.models import Router


def routers_for(user: Visitor) -> QuerySet[Router]:
    """The routers that `user` may decide with: all of them, for everybody with an open account."""
    return Router.objects.all() if user.is_authenticated and user.is_active else Router.objects.none()


def router_reports_for(user: Visitor) -> QuerySet[Router]:
    """Every router with its report for a lead, else none."""
    return Router.objects.all() if is_lead(user) else Router.objects.none()


def router_report_for(user: Visitor, name: str, version: int) -> Router:
    """Return one version of a router with its report, for leads."""
    return one_or_404(router_reports_for(user), name=name, version=version)
