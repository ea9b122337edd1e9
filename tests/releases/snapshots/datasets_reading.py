"""What `datasets` reads of a snapshot, run in the environment of `make datasets-tools`; prints one JSON object."""

import json
import sys
from pathlib import Path

import datasets

folder = Path(sys.argv[1])
found = {}
for name in datasets.get_dataset_config_names(str(folder)):
    rows = datasets.load_dataset(str(folder), name, split="train")
    lines = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
    found[name] = {"rows": len(rows), "columns": rows.column_names, "expected": len(lines)}
annotations = datasets.load_dataset(str(folder), "annotations", split="train")
found["features"] = {name: str(annotations.features[name]) for name in ("submitted_at", "spans", "label", "seconds")}
found["label"] = annotations[0]["label"]
sys.stdout.write(json.dumps(found) + "\n")
