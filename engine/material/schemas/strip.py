#!/usr/bin/env python3
"""Makes the schemas of this folder from the publishers' originals.

    strip.py FOLDER [--record]

FOLDER holds the originals under the paths of `sources.toml`. What only a human reads (`title`, `description`, `examples`,
`$comment`, `meta:enum`) is left out; what a validator reads stays as it is. An original whose SHA-256 is not the recorded one
is refused; `--record` prints the digests instead of checking them.
"""
import hashlib
import json
import pathlib
import sys
import tomllib

HERE = pathlib.Path(__file__).parent
PROSE = {"title", "description", "examples", "$comment", "meta:enum"}
# Under these keywords the keys are names that the schema's author chose, not keywords.
NAMED = {"properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas"}
# Under these keywords stand values of documents, not schemas.
VALUES = {"enum", "const", "default", "required"}


def strip(schema):
    if isinstance(schema, list):
        return [strip(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key in PROSE:
            continue
        if key in VALUES:
            out[key] = value
        elif key in NAMED and isinstance(value, dict):
            out[key] = {name: strip(inner) for name, inner in value.items()}
        else:
            out[key] = strip(value)
    return out


def main():
    folder, record = pathlib.Path(sys.argv[1]), "--record" in sys.argv
    for entry in tomllib.loads((HERE / "sources.toml").read_text())["schema"]:
        original = (folder / entry["original"]).read_bytes()
        digest = hashlib.sha256(original).hexdigest()
        if record:
            print(entry["original"], digest)
        elif digest != entry["sha256"]:
            sys.exit(f"{entry['original']} has the digest {digest}, recorded is {entry['sha256']}")
        text = json.dumps(strip(json.loads(original)), ensure_ascii=False, separators=(",", ":"))
        (HERE / entry["file"]).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
