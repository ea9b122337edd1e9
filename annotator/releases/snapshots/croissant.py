"""Croissant 1.1 metadata of a snapshot, with its RAI fields filled from what the database knows. Pure.

Columns whose values are lists of rows are left out of the record sets: Croissant reads the others from Parquet.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from annotator.releases.snapshots.columns import Column, Table
from annotator.releases.snapshots.facts import Facts
from annotator.releases.snapshots.statements import (
    UNKNOWN,
    agreement_sentence,
    annotation_protocol,
    collection,
    collection_type,
    known_limits,
    time_frame,
)
from annotator.releases.snapshots.table_files import WrittenFile

NAME = "croissant.json"
VERSION = "http://mlcommons.org/croissant/1.1"
RAI_VERSION = "http://mlcommons.org/croissant/RAI/1.0"
_MEDIA_TYPES = {"parquet": "application/x-parquet", "jsonl": "application/jsonlines", "csv": "text/csv"}
_DATA_TYPES = {
    "text": "sc:Text",
    "json": "sc:Text",
    "texts": "sc:Text",
    "integer": "sc:Integer",
    "integers": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "moment": "sc:DateTime",
}
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_text(facts: Facts, files: Sequence[WrittenFile], tables: Sequence[Table], *, licence: str) -> str:
    """Return the metadata as JSON-LD."""
    parquet = {file.name: file for file in files if file.name.endswith(".parquet")}
    content = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [VERSION, RAI_VERSION],
        "name": facts.name,
        "description": f"{facts.title} {collection(facts)}",
        "license": licence or UNKNOWN,
        "url": f"urn:cotrast:{facts.name}",
        "version": "1.0.0",
        "datePublished": (facts.last_submitted or "1970-01-01")[:10],
        "creator": {"@type": "Organization", "name": "anonymous" if facts.anonymous else f"the team of {facts.name}"},
        "isLiveDataset": False,
        **_rai(facts),
        "distribution": [_distribution(file) for file in files],
        "recordSet": [
            _record_set(table) for table in tables if f"{table.name}.parquet" in parquet and _has_rows(table, parquet)
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _rai(facts: Facts) -> dict[str, Any]:
    return {
        "rai:dataCollection": collection(facts),
        "rai:dataCollectionType": collection_type(facts),
        "rai:dataCollectionTimeFrame": [moment[:19] for moment in time_frame(facts)],
        "rai:dataCollectionMissingData": "Skipped cases are in `assignments` with their reasons; a generation without "
        "a whole answer has the outcome no_answer.",
        "rai:dataAnnotationProtocol": annotation_protocol(facts),
        "rai:dataAnnotationPlatform": "Cotrast",
        "rai:dataAnnotationAnalysis": agreement_sentence(facts),
        "rai:annotationsPerItem": str(facts.overlap),
        "rai:annotatorDemographics": UNKNOWN,
        "rai:machineAnnotationTools": facts.machine_tools,
        "rai:dataPreprocessingProtocol": "Completions are split into reasoning and answer; how is in `split_status`.",
        "rai:dataUseCases": "Evidence on where chain-of-thought reasoning helps or hurts a language model.",
        "rai:dataLimitations": known_limits(facts),
        "rai:dataBiases": "The order of the sides is random for each assignment and released, so that position bias "
        "can be measured.",
        "rai:dataSocialImpact": UNKNOWN,
        "rai:personalSensitiveInformation": "Annotators are under pseudonyms. Texts of prompts and models are as they "
        "were, and were not searched for personal data.",
        "rai:dataReleaseMaintenancePlan": "A snapshot never changes; corrections are new snapshots.",
    }


def _distribution(file: WrittenFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": _MEDIA_TYPES[file.name.rpartition(".")[2]],
        "sha256": file.sha256,
    }


def _has_rows(table: Table, parquet: Mapping[str, WrittenFile]) -> bool:
    return bool(parquet[f"{table.name}.parquet"].rows)


def _record_set(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.meaning,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.key],
        "field": list(_fields(table)),
    }


def _fields(table: Table) -> Iterator[dict[str, Any]]:
    for column in table.columns:
        if column.kind != "rows":
            yield _field(table, column)


def _field(table: Table, column: Column) -> dict[str, Any]:
    field = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": column.meaning,
        "dataType": _DATA_TYPES[column.kind],
        "source": {"fileObject": {"@id": f"{table.name}.parquet"}, "extract": {"column": column.name}},
    }
    return {**field, "isArray": True, "arrayShape": "-1"} if column.kind in ("texts", "integers") else field
