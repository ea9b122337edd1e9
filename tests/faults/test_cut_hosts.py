"""Web server, database with broker, and two workers on hosts of their own, one of which is cut off and comes back."""

import os
import pwd
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from annotator.operations.supervisor.valkey import valkey_command
from tests.faults.conftest import migrate
from tests.faults.fleet import LEASE_S, Fleet
from tests.faults.hosts import Hosts, NoNamespacesError, hosts
from tests.processes import eventually

PROMPTS = 150
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if Path("/usr/lib/postgresql").exists() else []


@pytest.fixture
def network() -> Iterator[Hosts]:
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("network namespaces need root and iproute2")
    try:
        with hosts("store", "web", "one", "two") as made:
            yield made
    except NoNamespacesError as error:
        pytest.skip(f"no network namespaces here: {error}")


@pytest.fixture
def cluster(network: Hosts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server of its own, on the host `store`."""
    if not BINARIES or not shutil.which("runuser"):
        pytest.skip("PostgreSQL's own programs are not installed")
    folder = tmp_path_factory.mktemp("cluster")
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    postgres = pwd.getpwnam("postgres")
    os.chown(folder, postgres.pw_uid, postgres.pw_gid)
    data, address = folder / "data", network.address("store")
    as_postgres = ["runuser", "-u", "postgres", "--"]
    subprocess.run(
        [*as_postgres, BINARIES[-1], "-D", data, "-U", "cotrast", "--auth=trust", "-E", "UTF8", "--no-sync"],
        check=True, capture_output=True,
    )  # fmt: skip
    (data / "pg_hba.conf").write_text("host all all all trust\nlocal all all trust\n")
    server = subprocess.Popen(
        [
            *network.inside("store"), *as_postgres, BINARIES[-1].with_name("postgres"), "-D", data,
            "-h", address, "-k", folder, "-c", "fsync=off",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"postgres://cotrast@{address}:5432/postgres"
    try:
        assert eventually(lambda: reaches(url), 30)
        yield url
    finally:
        server.terminate()
        server.wait()


def reaches(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def readiness(address: str) -> int:
    try:
        with urllib.request.urlopen(f"http://{address}:8000/readyz", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_a_worker_cut_off_and_back_again_leaves_each_generation_once(
    network: Hosts, cluster: str, tmp_path: Path
) -> None:
    migrate(tmp_path, cluster)
    fleet = Fleet(tmp_path, cluster, f"redis://{network.address('store')}:6390/0")
    broker = [*valkey_command(tmp_path / "valkey.sock").arguments, "--port", "6390"]
    web = [sys.executable, "-m", "gunicorn", "--bind", f"{network.address('web')}:8000", "--workers", "2",
           "--worker-class", "annotator.operations.web_process.WebProcess", "annotator.wsgi"]  # fmt: skip
    try:
        fleet.spawn([*network.inside("store"), *map(str, broker), "--bind", network.address("store"),
                     "--protected-mode", "no"])  # fmt: skip
        run = fleet.start_run(PROMPTS, delay_s=0.1, batch_size=4)
        fleet.spawn([*network.inside("web"), *web], DEBUG="1")
        for host in ("one", "two"):
            fleet.worker(*network.inside(host))
        assert eventually(lambda: fleet.rows("select count(distinct claimed_by) from runs_generation where status = "
                                             "'done'") == [(2,)]), fleet.output()[-4000:]  # fmt: skip
        network.cut("one")
        cut_at = fleet.done()
        time.sleep(2 * LEASE_S)
        assert cut_at < fleet.done(), "the other one goes on"
        network.rejoin("one")
        assert eventually(lambda: fleet.run_status(run) == "done"), fleet.output()[-4000:]
        # The call under way when the cable was pulled is made again elsewhere, once its lease has run out.
        fleet.requires_each_generation_once(run, PROMPTS, repeated_calls=2)
        assert eventually(lambda: readiness(network.address("web")) == 200, 30)
        network.cut("store")
        assert eventually(lambda: readiness(network.address("web")) == 503, 30), "and nobody waits for ever"
        network.rejoin("store")
        assert eventually(lambda: readiness(network.address("web")) == 200, 30)
        assert f"{PROMPTS} / {PROMPTS}" in fleet.page(run)
    finally:
        network.rejoin("store")
        fleet.stop()
