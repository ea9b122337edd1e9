"""Refusals in the OpenAPI description: which codes an operation can answer with, and their body.

The body is problem details (RFC 9457), with one sentence as `detail`. Views describe what they do; what the base view,
login and parser may refuse for any of them is added here.
"""

from typing import Any

from annotator.problem_details import MEDIA_TYPE

Schema = dict[str, Any]

_NAME = "Problem"
_COMPONENT: Schema = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence: what was refused, and the way out."},
        "errors": {
            "type": "array",
            "description": "The fields that are wrong, if the problem is about fields.",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON Pointer into the body: #/constraints/0/kind."},
                    "parameter": {"type": "string", "description": "A query parameter; no pointer is there then."},
                    "detail": {"type": "string"},
                },
                "required": ["detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
_ANY = {"400": "A parameter, field or value is wrong."}
_OF_PEOPLE = {
    "403": "The token lacks the scope that this needs, or a session its CSRF token.",
    "401": "Nobody is logged in, or the token is unknown, expired or revoked.",
    "404": "Nothing is there, or it is not yours to open.",
}
_OF_CHANGES = {
    "413": "The body is too long.",
    "415": "The body is not sent as application/json.",
}
_OF_STATES = {"409": "The state of the study, case, run or candidate forbids it now."}
_OF_RATES = {"429": "Too many requests, or wrong passwords; the header Retry-After says how long to wait."}
_OF_KEYS = {"422": "The Idempotency-Key was sent with another request before."}
_OF_MATCHES = {"412": "The object is no longer the one that If-Match names."}
_ADDED_BY_HEADERS = {"Idempotency-Key": _OF_STATES | _OF_KEYS, "If-Match": _OF_MATCHES}


def add_refusals(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Add the refusals to every operation: a postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})[_NAME] = _COMPONENT
    for operations in result["paths"].values():
        for verb, operation in operations.items():
            for code, description in (_refusals(verb, operation) | _by_headers(operation)).items():
                operation["responses"].setdefault(code, {"description": description})
            _describe_bodies(operation["responses"])
    return result


def _refusals(verb: str, operation: Schema) -> dict[str, str]:
    """Return the codes that any view may answer with, by method and login, with their descriptions."""
    refusals = _ANY | _OF_RATES
    if verb != "get":
        refusals |= _OF_CHANGES
    if {} in operation.get("security", []) or not operation.get("security"):
        return refusals
    refusals |= _OF_PEOPLE
    return refusals if verb == "get" else refusals | _OF_STATES


def _by_headers(operation: Schema) -> dict[str, str]:
    """Return the codes with which an operation answers because of a header that it reads."""
    named = {parameter["name"] for parameter in operation.get("parameters", ())}
    return {
        code: text for header, codes in _ADDED_BY_HEADERS.items() if header in named for code, text in codes.items()
    }


def _describe_bodies(responses: Schema) -> None:
    """Give every refusal its body; put the codes in order."""
    for code, response in responses.items():
        if code >= "400":
            body = {"schema": {"$ref": f"#/components/schemas/{_NAME}"}}
            response.setdefault("content", {MEDIA_TYPE: body})
    ordered = sorted(responses.items())
    responses.clear()
    responses.update(ordered)
