"""Signs of life of worker processes: who listens to which queue. Written by the workers themselves."""

from django.utils import timezone

from annotator.runs.models import Worker


def worker_seen(*, name: str, queue: str) -> None:
    """Record that this worker listens to `queue` now."""
    Worker.objects.update_or_create(name=name, defaults={"queue": queue, "last_seen": timezone.now()})


def worker_gone(*, name: str) -> None:
    """Forget a worker that stops in an orderly way; a killed one is forgotten by its silence."""
    Worker.objects.filter(name=name).delete()
