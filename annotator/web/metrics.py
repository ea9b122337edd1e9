"""Metrics for Prometheus, read from the database.

Every web process answers the same, and none counts for itself. For scrapers with the token of METRICS_TOKEN and for
site leads; anybody else gets 404.
"""

import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from annotator import access
from annotator.analysis.fleet import Fleet, ModelFigures, fleet

_STATES = ("working", "idle", "failing", "silent")
Sample = tuple[Sequence[str], float]


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _bears_token(request):
        access.require_site_lead(request.user)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_FleetCollector(fleet()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _bears_token(request: HttpRequest) -> bool:
    token, sent = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())


class _FleetCollector(Collector):
    """The figures of one scrape as metric families. Labels are slugs, states and kinds: a bounded number of each."""

    def __init__(self, figures: Fleet) -> None:
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        figures, models = self._figures, self._figures.models
        yield _family("generations", "Generations", ["status"], _counts(figures.generations))
        yield _family("runs", "Runs", ["status"], _counts(figures.runs))
        yield _family("expired_leases", "Generations whose lease ran out", [], [((), figures.expired_leases)])
        yield _family("queue_depth", "Rows that wait for a worker", ["model", "kind"], _each(models, _waiting))
        yield _family("under_way", "Claimed generations", ["model"], _each(models, lambda m: [((), m.under_way)]))
        yield _family("workers", "Workers of the last day", ["model", "state"], _each(models, _workers))
        yield _family("worker_failures", "Failures in a row", ["model", "worker"], _each(models, _worker_failures))
        yield _family("batch_fill_ratio", "Claimed rows by places", ["model"], _each(models, _fill))
        yield _family("tokens_per_second", "Tokens, last minute", ["model"], _each(models, _tokens))
        yield _family("generations_per_second", "Generations, last minute", ["model"], _each(models, _generations))
        yield _family("latency_seconds", "Of generations, last minute", ["model", "of"], _each(models, _latency))
        yield _family("failed_generations", "Failed ones", ["model", "kind"], _each(models, _failures))


def _family(name: str, text: str, labels: Sequence[str], samples: Iterable[Sample]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"cotrast_{name}", f"{text}.", labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def _counts(by_name: Mapping[str, int]) -> list[Sample]:
    return [([name], n) for name, n in sorted(by_name.items())]


def _each(models: Sequence[ModelFigures], samples: Callable[[ModelFigures], Iterable[Sample]]) -> Iterator[Sample]:
    """The samples of each model, its slug as the first label."""
    for model in models:
        for labels, number in samples(model):
            yield [model.language_model.slug, *labels], number


def _waiting(model: ModelFigures) -> list[Sample]:
    return [
        (["generation"], model.waiting),
        (["generation_paused"], model.held_back),
        (["judge_reply"], model.judge_replies),
        (["repair"], model.repairs),
    ]


def _workers(model: ModelFigures) -> list[Sample]:
    states = Counter(worker.state for worker in model.workers)
    return [([state], states[state]) for state in _STATES]


def _worker_failures(model: ModelFigures) -> list[Sample]:
    return [([worker.worker.name], worker.worker.failures) for worker in model.workers if worker.worker.failures]


def _fill(model: ModelFigures) -> list[Sample]:
    return [] if model.batch_fill is None else [((), model.batch_fill)]


def _tokens(model: ModelFigures) -> list[Sample]:
    return [((), model.rate.tokens_per_s)]


def _generations(model: ModelFigures) -> list[Sample]:
    return [((), model.rate.generations_per_s)]


def _latency(model: ModelFigures) -> list[Sample]:
    return [(["mean"], model.rate.mean_latency_s), (["longest"], model.rate.longest_latency_s)]


def _failures(model: ModelFigures) -> list[Sample]:
    return [([kind], n) for kind, n in sorted(model.failures.items())]
