"""The webhooks of a study, for its leads, and the log of their deliveries."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from annotator import access
from annotator.studies.models import Study
from annotator.web.decorators import SignedInRequest, lead_page, lead_post_page
from annotator.web.label_words import WORDS
from annotator.web.paging import page_by
from annotator.webhooks import services
from annotator.webhooks.errors import WebhookError
from annotator.webhooks.selectors.deliveries import deliveries_of, nobody_delivers, webhook_states


@lead_page
def webhooks_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """All webhooks of a study, and the form that registers another one."""
    return _webhooks(request, access.study_led_by(request.user, slug))


@never_cache
@lead_post_page
def webhook_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Register a webhook and show its secret, this once; a refused form is shown again as typed."""
    study = access.study_led_by(request.user, slug)
    url, kinds = request.POST.get("url", ""), request.POST.getlist("kinds")
    try:
        new = services.webhook_register(
            study=study, url=url, kinds=kinds, site=request.build_absolute_uri("/"), user=request.user
        )
    except WebhookError as error:
        return _webhooks(request, study, typed={"url": url, "kinds": kinds, "refusal": str(error)}, status=422)
    return _webhooks(request, study, new=new)


@lead_page
def webhook_page(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """One webhook, with the log of its deliveries, newest first."""
    webhook = access.webhook_for(request.user, slug, webhook_id)
    page = page_by(request, deliveries_of(webhook), "pk", newest_first=True)
    return render(request, "webhook.html", {"study": webhook.study, "webhook": webhook, "page": page})


@lead_post_page
def webhook_test(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    services.webhook_ping(webhook=access.webhook_for(request.user, slug, webhook_id))
    messages.success(request, _("A test message is on its way; load the page again to see what became of it."))
    return redirect("webhook", slug, webhook_id)


@lead_post_page
def webhook_off(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    services.webhook_disable(webhook=access.webhook_for(request.user, slug, webhook_id), user=request.user)
    messages.success(request, _("The webhook is off: nothing is sent to it."))
    return redirect("webhook", slug, webhook_id)


@lead_post_page
def webhook_on(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    services.webhook_enable(webhook=access.webhook_for(request.user, slug, webhook_id), user=request.user)
    messages.success(request, _("The webhook is on: what waited is sent first."))
    return redirect("webhook", slug, webhook_id)


@never_cache
@lead_post_page
def webhook_secret(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Replace the secret and show the new one, this once."""
    webhook = access.webhook_for(request.user, slug, webhook_id)
    new = services.webhook_renew_secret(webhook=webhook, user=request.user)
    return _webhooks(request, webhook.study, new=new)


@lead_post_page
def webhook_removal(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    services.webhook_remove(webhook=access.webhook_for(request.user, slug, webhook_id), user=request.user)
    messages.success(request, _("The webhook is removed, with the log of its deliveries."))
    return redirect("webhooks", slug)


@lead_post_page
def delivery_again(request: SignedInRequest, slug: str, webhook_id: int, delivery_id: int) -> HttpResponse:
    delivery = access.delivery_for(request.user, slug, webhook_id, delivery_id)
    if services.delivery_repeat(delivery=delivery):
        messages.success(request, _("It is sent again, with the same id."))
    else:
        messages.error(request, _("It is being sent at this moment; look again in a few seconds."))
    return redirect("webhook", slug, webhook_id)


def _webhooks(
    request: SignedInRequest,
    study: Study,
    *,
    new: services.NewWebhook | None = None,
    typed: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "study": study,
        "states": webhook_states(study),
        "nobody_delivers": nobody_delivers(study),
        "kinds": list(WORDS["webhook_kind"].items()),
        "new": new,
        "typed": typed,
    }
    return render(request, "webhooks.html", context, status=status)
