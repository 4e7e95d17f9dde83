#!/usr/bin/env python3
"""Holds JSON reports, and what `mailseal inputs` writes, against the schema that they name.

usage: validate_report.py REPORT.json ...      (- is standard input)
Exit: 0 all are valid, 1 one is not (the first few faults are printed), 2 could not run.
"""
import functools, json, pathlib, re, sys

try:
    import jsonschema
except ImportError:
    print("validate_report.py: needs python3-jsonschema", file=sys.stderr)
    sys.exit(2)

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent / "src/report/schema"
SCHEMA, INPUTS = (SCHEMAS / f"mailseal-{name}-1.schema.json" for name in ("report", "inputs"))
FAULTS_SHOWN = 5


@functools.lru_cache(1024)
def matches(pattern, text):
    """Strings stand in a report many times, and may be long."""
    return re.search(pattern, text) is not None


def pattern_of(validator, pattern, instance, _):
    if validator.is_type(instance, "string") and not matches(pattern, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def validator_of(schema):
    return jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": pattern_of})(schema)


def without_repeats(pairs):
    """RFC 8259 4: "The names within an object SHOULD be unique"; a reader would keep only the last."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"member twice in one object: {next(n for n in names if names.count(n) > 1)}")
    return members


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def faults(text, validator):
    try:
        report = json.loads(text, object_pairs_hook=without_repeats, parse_constant=no_constant)
    except ValueError as error:
        return [str(error)]
    found = sorted(validator.iter_errors(report), key=lambda e: list(map(str, e.absolute_path)))
    return [f"{error.json_path}: {error.message[:200]}" for error in map(most_telling, found)]


def most_telling(error):
    """Of an anyOf that failed, the fault inside says more than the anyOf."""
    return jsonschema.exceptions.best_match([error]) if error.context else error


def main(paths):
    if not paths or paths[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 2
    validators = []
    for path in (SCHEMA, INPUTS):
        schema = json.loads(path.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validators.append(validator_of(schema))
    report, inputs = validators
    worst = 0
    for path in paths:
        try:
            text = sys.stdin.buffer.read() if path == "-" else pathlib.Path(path).read_bytes()
            found = faults(text.decode("utf-8"), inputs if b'"mailseal-inputs/1"' in text[:100] else report)
        except UnicodeDecodeError as error:
            found = [str(error)]
        except OSError as error:
            print(f"{path}: {error.strerror}", file=sys.stderr)
            return 2
        for fault in found[:FAULTS_SHOWN]:
            print(f"{path}: {fault}")
        if len(found) > FAULTS_SHOWN:
            print(f"{path}: and {len(found) - FAULTS_SHOWN} more")
        worst |= bool(found)
    return int(worst)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
