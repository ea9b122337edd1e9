"""Card, Croissant metadata and typed files of a snapshot, read by the libraries that they are for."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from huggingface_hub import DatasetCard

from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.releases.snapshots.tables import TABLES
from annotator.studies.models import Study

RAI_LEAST = ("dataCollection", "dataAnnotationProtocol", "annotationsPerItem", "dataLimitations", "dataBiases")


def test_the_croissant_metadata_validate_and_their_records_can_be_read(folder: Path) -> None:
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.ctx.is_v1_1()
    assert {records.id for records in dataset.metadata.record_sets} >= {"cases", "annotations", "generations"}
    records = list(dataset.records("annotations"))
    assert {record["annotations/label"].decode() for record in records} >= {"helped", "hurt"}
    written = json.loads((folder / "croissant.json").read_text())
    assert all(written[f"rai:{name}"] for name in RAI_LEAST)
    assert "Codebook paper v1" in written["rai:dataAnnotationProtocol"]
    assert "alpha" in written["rai:dataAnnotationAnalysis"]


def test_the_card_is_one_of_the_hub(folder: Path) -> None:
    card = DatasetCard.load(folder / "README.md")
    configs = {config["config_name"]: config["data_files"][0]["path"] for config in card.data.to_dict()["configs"]}
    assert configs["cases"] == "cases.parquet"
    assert all((folder / path).is_file() for path in configs.values())
    assert card.data.license == "cc-by-4.0"
    assert "1 prompt with published faults: rain." in card.text
    assert all(f"### {table.name}" in card.text for table in TABLES)


def test_what_people_typed_is_no_markup_of_the_card(study: Study, tmp_path: Path) -> None:
    Study.objects.filter(pk=study.pk).update(title="---\n# <script>alert(1)</script> | [x](javascript:1)")
    build_snapshot(Study.objects.get(pk=study.pk), tmp_path / "hostile", Options(formats=("jsonl",)))
    card = DatasetCard.load(tmp_path / "hostile" / "README.md")
    assert "<script>" not in card.text.replace("\\<script\\>", "")
    assert card.data.to_dict()["configs"][0]["data_files"][0]["path"].endswith(".jsonl")


def test_parquet_is_typed_and_equals_the_json_lines(folder: Path) -> None:
    for table in TABLES:
        read = pq.read_table(folder / f"{table.name}.parquet")
        lines = [json.loads(line) for line in (folder / f"{table.name}.jsonl").read_text().splitlines()]
        assert read.column_names == table.names
        for found, line in zip(read.to_pylist(), lines, strict=True):
            assert plain(found) == line
    cases = pq.read_schema(folder / "annotations.parquet")
    features = json.loads(cases.metadata[b"huggingface"])["info"]["features"]
    assert features["submitted_at"] == {"dtype": "timestamp[us, tz=UTC]", "_type": "Value"}
    assert str(cases.field("submitted_at").type) == "timestamp[us, tz=UTC]"
    assert features["spans"]["feature"]["start"] == {"dtype": "int64", "_type": "Value"}


def plain(value: Any) -> Any:
    """A value of Parquet in the words of JSON."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_pandas_reads_it_as_documented(folder: Path) -> None:
    annotations = pd.read_parquet(folder / "annotations.parquet")
    cases = pd.read_json(folder / "cases.jsonl", lines=True, dtype={"key": str})
    joined = annotations[annotations.is_latest].merge(cases, on=["dataset", "version", "key"])
    assert len(joined) == annotations.is_latest.sum()
    table = pd.read_csv(folder / "annotations.csv", dtype={"key": str})
    assert list(table.label) == list(annotations.label)
