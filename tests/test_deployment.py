"""Files of deployment: units, Procfile, compose file and proxy name what exists, and hold what their doc promises."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from tests.paths import REPOSITORY
from tests.processes import free_port

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
DOCUMENT = (REPOSITORY / "docs" / "deployment.md").read_text()
README = (REPOSITORY / "README.md").read_text()
SETTINGS = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.M))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def unit(path: Path) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


@pytest.mark.parametrize("path", [*UNITS, REPOSITORY / "Procfile", DEPLOY / "compose.yaml", DEPLOY / "Dockerfile"])
def test_every_command_of_the_files_exists(path: Path) -> None:
    named = set(re.findall(r"manage\.py[\", ]+([a-z_]+)", path.read_text()))
    assert named
    assert named <= set(get_commands())


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_without_privileges_and_is_started_again(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == "cotrast"
    assert service["Restart"] == "always"
    for setting in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictNamespaces", "ProtectKernelTunables"):
        assert service[setting] == "yes", setting
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.slow
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_no_fault_in_a_unit(path: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    here = tmp_path / path.name  # the program of the unit is at a place that this machine lacks
    here.write_text(path.read_text().replace("/opt/cotrast", str(REPOSITORY)))
    done = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_compose_file_has_every_part_and_only_known_settings() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"database", "broker", "migration", "web", "worker", "webhooks"}
    for name in ("migration", "web", "worker", "webhooks"):
        assert set(services[name]["environment"]) <= SETTINGS
        assert (DEPLOY / services[name]["build"]["context"] / services[name]["build"]["dockerfile"]).is_file()
    for name in ("web", "worker", "webhooks"):
        assert services[name]["depends_on"] == {"migration": {"condition": "service_completed_successfully"}}
    assert "/readyz" in " ".join(services["web"]["healthcheck"]["test"])
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"], "a proxy stands in front"
    secrets = re.findall(r"\$\{(SECRET_KEY|POSTGRES_PASSWORD)([^}]*)\}", (DEPLOY / "compose.yaml").read_text())
    assert secrets
    assert all(rest.startswith(":?") for _name, rest in secrets), "none has a default"


def test_the_proxy_says_what_django_believes() -> None:
    proxy = (DEPLOY / "nginx.conf").read_text()
    name, _https = "HTTP_X_FORWARDED_PROTO", "https"
    assert name in (REPOSITORY / "annotator" / "settings.py").read_text()
    assert proxy.count("proxy_set_header X-Forwarded-Proto $scheme;") == proxy.count("proxy_pass http://cotrast;") == 2
    assert proxy.count("proxy_set_header Host $host;") == 2
    assert proxy.count("{") == proxy.count("}")


def test_the_document_names_every_file_setting_and_metric() -> None:
    files = [path.relative_to(REPOSITORY).as_posix() for path in DEPLOY.rglob("*") if path.is_file()]
    for file in [*files, "Procfile"]:
        assert f"`{file}`" in DOCUMENT, file
    assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", DOCUMENT)) <= SETTINGS | {"METRICS_TOKEN"}
    metrics = (REPOSITORY / "annotator" / "web" / "metrics.py").read_text()
    written = {f"cotrast_{name}" for name in re.findall(r'_family\(\s*"(\w+)"', metrics)}
    assert set(re.findall(r"`(cotrast_\w+)`", DOCUMENT)) == written
    assert settings.MIDDLEWARE[0] == "annotator.web.probes.answer_probes", "before hosts and HTTPS are looked at"


@pytest.mark.slow
def test_nginx_finds_no_fault_in_the_proxys_file(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx or not shutil.which("openssl"):
        pytest.skip("nginx or openssl is not installed")
    pair = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    signed = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=cotrast.example.org"]
    subprocess.run([*signed, *pair], capture_output=True, check=True)
    block = (DEPLOY / "nginx.conf").read_text().replace("/etc/ssl/cotrast", str(tmp_path))
    for port in (80, 443):  # a test of a file binds its ports
        block = block.replace(f"listen {port}", f"listen 127.0.0.1:{free_port()}")
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/nginx.pid; events {{}} http {{ {block} }}")
    done = subprocess.run([nginx, "-t", "-c", whole, "-e", "stderr"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr
