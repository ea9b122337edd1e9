"""The OpenAPI description: valid, complete, and a page that needs no script."""

import re

import pytest
from django.core.management import call_command
from django.urls import get_resolver

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
                body = operation["responses"][code]["content"]["application/json"]["schema"]
                assert body == {"$ref": "#/components/schemas/Refusal"}
    assert schema["components"]["schemas"]["Refusal"]["required"] == ["detail"]


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


def test_the_page_only_reads():
    assert client_of(None).post("/api/v1/docs/").status_code == 405


@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/api/v1/runs/-1/generations/", "/api/v1/datasets/a/x/prompts/"])
def test_an_address_that_is_no_route_is_refused_in_json(path):
    for response in (client_of(None).get(path), client_of(None).post(path, {}, format="json")):
        assert (response.status_code, response.json()) == (
            404,
            {"detail": "Nothing is here, or it is not yours to open."},
        )
