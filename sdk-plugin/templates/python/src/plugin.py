"""The integration: posts a small JSON document about every attestation."""
from __future__ import annotations

import json

from sdk import Blob, Failed, Host, metadata, ok, seconds, send

MANIFEST = {
    "schema": "assay.dev/plugin/v1",
    "id": "my-plugin",
    "version": "0.1.0",
    "api": "assay:integration@0.1",
    "title": "My plugin",
    "description": "Posts a small JSON document about every attestation.",
    "subscribes": {"attestations": True, "materials": ["SBOM_CYCLONEDX_JSON", "SBOM_SPDX_JSON", "SARIF"]},
    "registration": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["url"],
        "properties": {
            "url": {
                "type": "string",
                "format": "uri",
                "title": "URL",
                "description": "Where documents are posted to",
                "x-assay-endpoint": "target",
            },
            "secret": {
                "type": "string",
                "minLength": 1,
                "writeOnly": True,
                "title": "Secret",
                "description": "A token that is sent as `Authorization: Bearer …`",
                "x-assay-secret": {"slot": "token", "endpoint": "target", "as": {"bearer": {}}},
            },
        },
    },
    "attachment": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "list_materials": {
                "type": "boolean",
                "default": True,
                "title": "List materials",
                "description": "Whether the materials of the run are listed",
            },
        },
    },
    "network": {"endpoints": {"target": {"schemes": ["https", "http"], "methods": ["POST"]}}},
    "limits": {"memory_mb": 64, "cpu_ms": 2000, "wall_ms": 30000, "requests": 5},
}


def register(host: Host, context: dict, input: dict) -> dict:
    """Tries the destination; what it answers is remembered, so no secrets."""
    url = input.get("url")
    if not isinstance(url, dict) or not isinstance(url.get("$endpoint"), str):
        raise Failed.invalid("/url", "this must be a URL")
    name = context["registration"]["name"]
    _post(host, context, input, f"test-{name}", {"event": "test", "organization": context["organization"]})
    return {"tested_at": context["now"]}


def attach(host: Host, context: dict, registration: dict, input: dict) -> dict:
    """Checks the options of an attachment."""
    if not isinstance(input.get("list_materials", True), bool):
        raise Failed.invalid("/list_materials", "this must be true or false")
    return {}


def execute(host: Host, context: dict, registration: dict, attachment: dict, envelope: Blob, materials: list[Blob]) -> dict:
    """Delivers; what it answers is kept as the evidence of the delivery."""
    workflow, run = context["workflow"], context["run"]
    listed = materials if attachment["configuration"].get("list_materials", True) else []
    documents = [{key: about[key] for key in ("name", "kind", "digest", "size")} for about in map(metadata, listed)]
    status = _post(host, context, registration["configuration"], context["delivery_id"], {
        "event": "attestation",
        "organization": context["organization"],
        "project": workflow["project"],
        "workflow": workflow["name"],
        "run": {"id": run["id"], "verdict": run["verdict"], "version": run.get("version"), "attestation": run["attestation_digest"]},
        "materials": documents,
    })
    host.log("info", "delivered", materials=len(documents))
    return {"status": status, "materials": len(documents)}


def _post(host: Host, context: dict, registration: dict, id: str, document: dict) -> int:
    """The id is the same at every attempt: a receiver knows by it what it has already."""
    response = send(
        host,
        registration["url"],
        headers={
            "content-type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(seconds(context["now"])),
        },
        body=json.dumps(document),
        auth=[registration.get("secret")],
        timeout_ms=10_000,
    )
    return ok(context, response).status
