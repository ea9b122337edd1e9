"""Workers of a language model: whether any is listening, and why some cannot work."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.runs.models import LanguageModel, Worker

_NAMED = 10
"""The failing workers that are named one by one."""


def worker_listening(language_model: LanguageModel) -> bool:
    """Whether a worker of this model sent a heartbeat within the last `WORKER_SILENT_AFTER_S` seconds."""
    return _listening(language_model).exists()


def worker_problems(language_model: LanguageModel) -> list[str]:
    """Return a sentence for each listening worker of this model that is failing: since when, until when, and why.

    The error in it is the library's own text and is not translated. Of many workers the first are named, the others
    counted.
    """
    loading = _(
        "Worker %(name)s cannot load the model since %(since)s (failures: %(n)d). "
        "The work waits for a worker that can; this one tries again at %(again)s. Reason: %(error)s"
    )
    working = _(
        "Worker %(name)s has failed since %(since)s (failures: %(n)d) and tries again at %(again)s. Reason: %(error)s"
    )
    failing = _listening(language_model).filter(failures__gt=0).order_by("name")
    sentences = [
        (loading if worker.stage == Worker.Stage.LOADING else working)
        % {
            "name": worker.name,
            "since": _clock(worker.error_since),
            "n": worker.failures,
            "again": _clock(worker.paused_until),
            "error": worker.error,
        }
        for worker in failing[:_NAMED]
    ]
    more = failing.count() - _NAMED if len(sentences) == _NAMED else 0
    if more > 0:
        more_fail = ngettext(
            "%(n)d more worker fails; the page of the workers says why.",
            "%(n)d more workers fail; the page of the workers says why.",
            more,
        )
        sentences.append(more_fail % {"n": more})
    return sentences


def _listening(language_model: LanguageModel) -> QuerySet[Worker]:
    silent_after = timedelta(seconds=settings.WORKER_SILENT_AFTER_S)
    return Worker.objects.filter(queue=language_model.queue, last_seen__gte=Now() - silent_after)


def _clock(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M:%S}" if moment else "-"


def no_worker_message(language_model: LanguageModel) -> str:
    message = _("No worker is listening for %(slug)s; start one with: make worker MODEL=%(slug)s")
    return message % {"slug": language_model.slug}
