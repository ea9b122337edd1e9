"""Refusals in the OpenAPI description: which codes an operation can answer with, and their body.

The body is one sentence as `detail`. Views describe what they do; what the base view, login and parser may refuse for
any of them is added here.
"""

from typing import Any

Schema = dict[str, Any]

_NAME = "Refusal"
_COMPONENT: Schema = {
    "type": "object",
    "properties": {"detail": {"type": "string", "description": "One sentence: what was refused, and the way out."}},
    "required": ["detail"],
}
_ANY = {"400": "A parameter, field or value is wrong."}
_OF_PEOPLE = {
    "401": "Nobody is logged in, or the token is unknown, expired or revoked.",
    "404": "Nothing is there, or it is not yours to open.",
}
_OF_CHANGES = {
    "403": "A session without its CSRF token; a client with a token never sees this.",
    "413": "The body is too long.",
    "415": "The body is not sent as application/json.",
}
_OF_STATES = {"409": "The state of the study, case, run or candidate forbids it now."}
_OF_LOGIN = {"429": "Too many wrong passwords; the header Retry-After says how long to wait."}


def add_refusals(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Add the refusals to every operation: a postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})[_NAME] = _COMPONENT
    for operations in result["paths"].values():
        for verb, operation in operations.items():
            for code, description in _refusals(verb, operation).items():
                operation["responses"].setdefault(code, {"description": description})
            _describe_bodies(operation["responses"])
    return result


def _refusals(verb: str, operation: Schema) -> dict[str, str]:
    """Return the codes that any view may answer with, by method and login, with their descriptions."""
    refusals = dict(_ANY)
    if verb != "get":
        refusals |= _OF_CHANGES
    if {} in operation.get("security", []) or not operation.get("security"):
        return refusals | _OF_LOGIN
    refusals |= _OF_PEOPLE
    return refusals if verb == "get" else refusals | _OF_STATES


def _describe_bodies(responses: Schema) -> None:
    """Give every refusal its body; put the codes in order."""
    for code, response in responses.items():
        if code >= "400":
            body = {"schema": {"$ref": f"#/components/schemas/{_NAME}"}}
            response.setdefault("content", {"application/json": body})
    ordered = sorted(responses.items())
    responses.clear()
    responses.update(ordered)
