"""The OpenAPI description and its page, rendered without scripts or styles of third parties.

The page is generated from the schema that clients fetch, so that the two cannot differ.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import AllowAny

from annotator.problem_details import problem_response

Schema = Mapping[str, Any]
_MAX_DEPTH = 16


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3 description of this interface, as YAML or (`?format=json`) JSON."""

    permission_classes = (AllowAny,)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path or query parameter; `place` is path or query, `kind` its type or its choices."""

    name: str
    place: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One HTTP method on one route. `body` and `answer` are JSON skeletons with a type for each value.

    `scope` is the one that a token needs; "" where no token is needed.
    """

    anchor: str
    verb: str
    path: str
    description: str
    scope: str
    parameters: tuple[Parameter, ...]
    body: str
    answer: str


@csrf_exempt  # else a POST is refused in HTML, before it is refused here
def documentation(request: HttpRequest) -> HttpResponse:
    """Render the page. It shows routes and no data, so it is open to all."""
    if request.method not in ("GET", "HEAD"):
        refused = MethodNotAllowed(request.method or "")
        return problem_response(refused.status_code, refused.detail, headers={"Allow": "GET, HEAD"})
    return render(request, "api_docs.html", {"operations": _operations()})


@cache
def _operations() -> tuple[Operation, ...]:
    with override(settings.LANGUAGE_CODE):  # cached for readers of every language
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return tuple(_read_operations(schema))


def _read_operations(schema: Schema) -> Iterator[Operation]:
    for path, verbs in schema["paths"].items():
        for verb, operation in verbs.items():
            answer = operation["responses"].get("200", {})
            yield Operation(
                anchor=operation["operationId"],
                verb=verb.upper(),
                path=path,
                description=operation.get("description", ""),
                scope=_scope(operation),
                parameters=tuple(_parameter(parameter) for parameter in operation.get("parameters", ())),
                body=_skeleton(operation.get("requestBody", {}), schema),
                answer=_skeleton(answer, schema) or answer.get("description", ""),
            )


def _scope(operation: Schema) -> str:
    scopes = [scope for requirement in operation.get("security", ()) for scope in requirement.get("tokenAuth", ())]
    return scopes[0] if scopes else ""


def _parameter(parameter: Schema) -> Parameter:
    kind = parameter["schema"]
    values = " | ".join(str(value) for value in kind.get("enum", ())) or _type(kind, "string")
    return Parameter(parameter["name"], parameter["in"], values, parameter.get("description", ""))


def _skeleton(content: Schema, schema: Schema) -> str:
    """The JSON of a body with types in place of values; "" if the body is not JSON."""
    body = content.get("content", {}).get("application/json")
    return "" if body is None else json.dumps(_example(body["schema"], schema, 0), indent=2, ensure_ascii=False)


def _example(node: Schema, schema: Schema, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return "..."
    if "$ref" in node:
        return _example(schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]], schema, depth + 1)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in node:
            return _example(node[several][0], schema, depth + 1)
    if "properties" in node:
        return {name: _example(inner, schema, depth + 1) for name, inner in node["properties"].items()}
    if "items" in node:
        return [_example(node["items"], schema, depth + 1)]
    if "enum" in node:
        return " | ".join(str(value) for value in node["enum"])
    return _type(node, "any")


def _type(node: Schema, default: str) -> str:
    """The type of a node in words; OpenAPI 3.1 names several where a value may be null."""
    types = node.get("type", default)
    return types if isinstance(types, str) else " or ".join(types)
