"""Addresses of every page over the rows of a database, for tests that visit them all."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from django.contrib.auth.models import User

from annotator.datasets.models import Dataset
from annotator.exemplars.models import Candidate, PromptSet
from annotator.releases.models import Snapshot
from annotator.routing.models import Router
from annotator.runs.models import Run
from annotator.studies.models import Study
from tests.permission_matrix import WEB

Values = Mapping[str, Sequence[object]]
_FILES = ("<str:file>", ".zip", "report.<str:form>", "<str:table>.csv", "<str:chart>.<str:form>", "metrics")
_PART = re.compile(r"<\w+:(\w+)>")
_NAMED_BY = {"routers/": "router", "prompt-sets/": "set", "datasets/": "dataset"}


def address_values(study: Study) -> dict[str, Sequence[object]]:
    """The values that pages exist for, by the part of an address; a `name` is that of what its route names."""
    runs = list(Run.objects.values_list("pk", flat=True))
    return {
        "slug": [study.slug],
        "case_id": list(study.cases.values_list("pk", flat=True)),
        "candidate_id": list(Candidate.objects.values_list("pk", flat=True)),
        "pk": runs,
        "run_id": runs,
        "position": list(range(study.first_run.dataset.prompt_count)),
        "number": list(Snapshot.objects.values_list("number", flat=True)),
        "dataset": list(Dataset.objects.values_list("name", flat=True)),
        "set": list(PromptSet.objects.values_list("name", flat=True)),
        "router": list(Router.objects.values_list("name", flat=True)),
        "version": [1],
        "user_id": list(User.objects.values_list("pk", flat=True)),
        "member_id": list(study.memberships.values_list("pk", flat=True)),
    }


def page_addresses(values: Values) -> Iterator[str]:
    """Yield the address of every page and fragment, for all values of its parts; a part without values has none."""
    for verb, route in WEB:
        if verb == "GET" and not route.endswith(_FILES):
            yield from addresses_of(route, values)


def addresses_of(route: str, values: Values) -> Iterator[str]:
    """Yield the addresses of one route."""
    parts = _PART.findall(route)
    name = next((kind for prefix, kind in _NAMED_BY.items() if prefix in route), "name")
    for chosen in product(*(values.get(name if part == "name" else part, ()) for part in parts)):
        named = dict(zip(parts, chosen, strict=True))
        yield "/" + _PART.sub(lambda found, named=named: str(named[found[1]]), route)  # type: ignore[misc]
