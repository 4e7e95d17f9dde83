#!/usr/bin/env python3
"""Holds JSON files against a JSON Schema.

usage: schema.py SCHEMA FILE ...
Exit: 0 all are valid, 1 one is not (the first few faults are printed).
"""
import json, pathlib, sys

import jsonschema

schema = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8-sig"))
validator = jsonschema.validators.validator_for(schema)(schema)
wrong = False
for path in map(pathlib.Path, sys.argv[2:]):
    for fault in list(validator.iter_errors(json.loads(path.read_text("utf-8"))))[:5]:
        wrong = True
        print(f"{path.name}: {fault.json_path}: {fault.message[:200]}")
sys.exit(wrong)
