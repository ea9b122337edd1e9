"""Publication of a snapshot on the Hugging Face hub. Loads huggingface_hub on first use."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2

from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import MANIFEST, read_manifest
from annotator.releases.snapshots.verification import first_difference

_TIMEOUT_S = 60.0
"""How long the hub may be silent. Its library would wait for ever."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Files to send to a repository: by name, with their size together and the snapshot's hash."""

    repository: str
    private: bool
    files: Sequence[str]
    bytes: int
    hash: str


def publication_of(folder: Path, repository: str, *, private: bool) -> Publication:
    """Verify a snapshot and describe what a push would send. Raises SnapshotError.

    One with texts that have no licence goes into a private repository alone.
    """
    manifest = read_manifest(folder)
    if difference := first_difference(folder):
        raise SnapshotError(difference)
    if manifest.content.get("all_texts") and not private:
        raise SnapshotError(
            f"{folder} may have texts without a licence (--all-texts); build another one, or add --private."
        )
    size = sum(file.bytes for file in manifest.files.values())
    return Publication(repository, private, sorted([MANIFEST, *manifest.files]), size, manifest.hash)


def publication_send(folder: Path, publication: Publication) -> str:
    """Create the repository if need be, send the files in one commit, and return its address. Raises SnapshotError.

    The token is the one that the hub's own program has stored, or HF_TOKEN; HF_ENDPOINT names another hub.
    """
    from huggingface_hub import HfApi, set_client_factory
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=_TIMEOUT_S))
    api = HfApi()
    try:
        api.create_repo(publication.repository, repo_type="dataset", private=publication.private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=publication.repository,
            repo_type="dataset",
            folder_path=folder,
            allow_patterns=list(publication.files),
            commit_message=f"Snapshot {publication.hash}",
        )
    except (HfHubHTTPError, HFValidationError, httpx2.HTTPError, ValueError, OSError) as error:
        reason = " ".join(str(error).split())[:300]
        raise SnapshotError(f"{publication.repository}: the hub did not take it: {reason}; try again.") from None
    return str(commit.commit_url)
