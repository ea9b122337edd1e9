"""Import of a snapshot: all or nothing, with its people as accounts that nobody can log in to."""

from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from annotator.events.services import event_append
from annotator.garbage_collection import rare_collections
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.importing.annotations import import_annotations, import_assignments, import_cases
from annotator.releases.snapshots.importing.exemplars import import_candidates, import_exemplars, import_prompt_sets
from annotator.releases.snapshots.importing.generations import (
    import_environments,
    import_generations,
    import_models,
    import_runs,
)
from annotator.releases.snapshots.importing.places import Places
from annotator.releases.snapshots.importing.studies import (
    import_codebooks,
    import_datasets,
    import_people,
    import_prompts,
    import_study,
)
from annotator.releases.snapshots.manifest import read_manifest
from annotator.releases.snapshots.verification import first_difference
from annotator.studies.models import Study

_STEPS = (
    import_codebooks,
    import_datasets,
    import_prompts,
    import_models,
    import_environments,
    import_runs,
    import_generations,
    import_study,
    import_people,
    import_cases,
    import_assignments,
    import_annotations,
    import_candidates,
    import_exemplars,
    import_prompt_sets,
)


def snapshot_import(*, folder: Path, on_step: Callable[[str], object] = lambda name: None) -> Study:
    """Import a snapshot and return its study. Raises SnapshotError, with nothing imported.

    Datasets, language models and codebooks that are here already with the same content are used as they are; a study of
    the same name, or another content under a name that is taken, refuses the import. A snapshot without its texts
    cannot be imported.
    """
    manifest = read_manifest(folder)
    if difference := first_difference(folder):
        raise SnapshotError(difference)
    if manifest.content.get("withheld"):
        raise SnapshotError(f"{folder}: it has keys and labels without texts; import one made with --all-texts.")
    places = Places()
    try:
        with rare_collections(), transaction.atomic():
            for step in _STEPS:
                on_step(step.__name__.removeprefix("import_"))
                step(folder, places)
            payload = {"study": places.study.slug, "snapshot": manifest.hash}
            event_append("snapshot.imported", places.study, payload, study=places.study.pk)
    except KeyError as error:
        raise SnapshotError(f"{folder}: a row refers to {str(error)[:200]}, which is not in the snapshot.") from None
    except (DatabaseError, ValidationError) as error:
        raise SnapshotError(f"{folder}: a row cannot be stored: {' '.join(str(error).split())[:300]}.") from None
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise SnapshotError(f"{folder}: a row does not fit ({' '.join(str(error).split())[:200]}).") from None
    return places.study
