"""Access to routers: deciding with one is for everybody signed in, reports and trainings for leads.

A router says nothing of a case; its report says how often reasoning helped, which annotators should not know.
"""

from django.db.models import Q, QuerySet

from annotator.access.objects import Visitor, one_or_404
from annotator.access.roles import is_lead, studies_where
from annotator.routing.models import Router, Training


def routers_for(user: Visitor) -> QuerySet[Router]:
    """The routers that `user` may decide with: all of them, for everybody with an open account."""
    return Router.objects.all() if user.is_authenticated and user.is_active else Router.objects.none()


def router_reports_for(user: Visitor) -> QuerySet[Router]:
    """Every router with its report for a lead, else none."""
    return Router.objects.all() if is_lead(user) else Router.objects.none()


def router_report_for(user: Visitor, name: str, version: int) -> Router:
    """Return one version of a router with its report, for leads."""
    return one_or_404(router_reports_for(user), name=name, version=version)


def trainings_for(user: Visitor) -> QuerySet[Training]:
    """The requested trainings of the studies that `user` leads, and their own ones of deleted studies, newest first."""
    if not user.is_authenticated or not user.is_active:
        return Training.objects.none()
    rows = Training.objects.select_related("study", "router").defer(
        "router__artifact", "router__report", "router__card"
    )
    if user.is_staff:
        return rows
    led = studies_where(user, "lead").order_by().values("pk")
    return rows.filter(Q(study__in=led) | Q(study=None, created_by=user.pk))


def training_for(user: Visitor, training_id: int) -> Training:
    """Return a requested training, for those who lead its study."""
    return one_or_404(trainings_for(user), pk=training_id)
