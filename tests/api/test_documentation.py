"""The OpenAPI description: valid, complete, and a page that needs no script."""

import re

import pytest
from django.core.management import call_command
from django.urls import get_resolver
from rest_framework.test import APIClient

from tests.api.client import client_of

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_openapi_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_the_schema_is_served_as_json_and_yaml():
    client = client_of(None)
    assert client.get("/api/v1/schema/?format=json").json()["openapi"].startswith("3.")
    assert client.get("/api/v1/schema/").content.startswith(b"openapi: 3.")


def test_the_page_shows_every_route_of_the_schema():
    client = client_of(None)
    page = client.get("/api/v1/docs/").content.decode()
    for path, verbs in client.get("/api/v1/schema/?format=json").json()["paths"].items():
        for verb in verbs:
            assert f"<code>{verb.upper()} {path}</code>" in page


def test_every_operation_names_its_refusals_and_their_sentence():
    schema = client_of(None).get("/api/v1/schema/?format=json").json()
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            described = {code for code in operation["responses"] if code >= "400"}
            people = set() if path == "/api/v1/token/" else {"401", "404"}
            assert {"400"} | people <= described, (path, verb)
            for code in described:
                body = operation["responses"][code]["content"]["application/problem+json"]["schema"]
                assert body == {"$ref": "#/components/schemas/Problem"}
    assert schema["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status", "detail"]


def test_every_route_but_the_descriptions_is_in_the_schema():
    paths = client_of(None).get("/api/v1/schema/?format=json").json()["paths"]
    described = {re.sub(r"\{\w+\}", "*", path) for path in paths}
    resolver = get_resolver().reverse_dict
    routes = {
        "/" + re.sub(r"%\(\w+\)s", "*", resolver[name][0][0][0])
        for name in resolver
        if isinstance(name, str) and name.startswith("api-") and name not in ("api-schema", "api-docs")
    }
    assert described == routes


def test_the_page_obeys_the_content_security_policy():
    response = client_of(None).get("/api/v1/docs/")
    page = response.content.decode()
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]*\bsrc=\"/)[^>]*>|<style|\son\w+=|\sstyle=", page) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]*", page) == []


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete", "options"])
def test_the_page_only_reads_and_refuses_the_rest_as_a_problem(verb):
    strict = APIClient(enforce_csrf_checks=True)
    refused = getattr(strict, verb)("/api/v1/docs/")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["detail"] == f'Method "{verb.upper()}" not allowed.'


@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/api/v1/runs/-1/generations/", "/api/v1/datasets/a/x/prompts/"])
def test_an_address_that_is_no_route_is_refused_in_json(path):
    for response in (client_of(None).get(path), client_of(None).post(path, {}, format="json")):
        sentence = "Nothing is here, or it is not yours to open."
        assert (response.status_code, response.json()["detail"]) == (404, sentence)


def test_only_what_is_read_in_pages_is_described_in_pages() -> None:
    paths = client_of(None).get("/api/v1/schema/?format=json").json()["paths"]
    in_pages = {
        (verb, path)
        for path, verbs in paths.items()
        for verb, spec in verbs.items()
        if "Paginated" in str(spec["responses"])
    }
    assert in_pages
    assert {verb for verb, _ in in_pages} == {"get"}
