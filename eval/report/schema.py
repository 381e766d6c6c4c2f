"""The JSON Schema of ``report.json``, made of the dataclasses that it is written from."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from eval.report.sections import Report

SCHEMA = "report.schema.json"


def schema() -> dict[str, Any]:
    """Make the schema: every field is required, and no other is allowed."""
    from pydantic import TypeAdapter

    made = TypeAdapter(Report).json_schema()
    for part in (made, *made["$defs"].values()):
        if "properties" in part:
            part |= {"required": list(part["properties"]), "additionalProperties": False}
            for field in part["properties"].values():
                field.pop("default", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def published_schema() -> str:
    """Return the text of the file in the package."""
    return files("eval.report").joinpath("page", SCHEMA).read_text()


def as_text(made: dict[str, Any]) -> str:
    """Write a schema as the file has it."""
    return json.dumps(made, indent=2) + "\n"
