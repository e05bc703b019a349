import assert from "node:assert/strict";
import { test } from "node:test";
import { handler } from "../build/sdk/index.js";
import { plugin } from "../build/src/plugin.js";

const context = { organization: "acme", now: "2026-01-02T03:04:05Z", registration: { name: "hook", integration: "my-plugin" } };
const delivery = {
  ...context,
  delivery_id: "0198c0de-0000-7000-8000-000000000001",
  attempt: 1,
  workflow: { id: "w", name: "release-build", project: "payments-api", team: null },
  run: { id: "r", state: "pushed", verdict: "compliant", warnings: 0, version: "1.4.2", attestation_digest: "sha256:00", evaluations: [] },
};
const configuration = { url: { $endpoint: "target" }, secret: { $secret: "token" } };

const blob = (value) => ({ metadata: () => JSON.stringify(value), read: () => new Uint8Array(), rewind() {} });

/** A host that answers with one status and keeps what it was sent. */
function host(status, headers = []) {
  const sent = [];
  const send = (request) => (sent.push(request), { status, headers, body: blob({}) });
  return { sent, handler: handler(plugin, { send, log() {} }) };
}

const task = () => ({
  context: JSON.stringify(delivery),
  registration: JSON.stringify({ configuration, state: {} }),
  attachment: JSON.stringify({ configuration: {}, state: {} }),
  envelope: blob({}),
  materials: [blob({ name: "sbom", kind: "SBOM_CYCLONEDX_JSON", digest: "sha256:11", size: 7 })],
});

const failure = (work) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
};

test("a registration is tried", () => {
  const { sent, handler } = host(204);
  assert.deepEqual(JSON.parse(handler.register(JSON.stringify(context), JSON.stringify(configuration))), { tested_at: context.now });
  assert.deepEqual(sent[0].target, { tag: "endpoint", val: ["target", ""] });
  assert.deepEqual(sent[0].auth, ["token"]);
});

test("a run is told, with its materials", () => {
  const { sent, handler } = host(200);
  assert.deepEqual(JSON.parse(handler.execute(task())), { status: 200, materials: 1 });
  const body = JSON.parse(sent[0].body.val.val);
  assert.equal(body.run.verdict, "compliant");
  assert.deepEqual(body.materials, [{ name: "sbom", kind: "SBOM_CYCLONEDX_JSON", digest: "sha256:11", size: 7 }]);
  assert.equal(Object.fromEntries(sent[0].headers)["webhook-id"], delivery.delivery_id);
});

test("an answer says what the host does next", () => {
  const cases = [
    [400, "permanent"],
    [401, "unauthorized"],
    [403, "unauthorized"],
    [404, "permanent"],
    [302, "permanent"],
    [408, "retryable"],
    [429, "retryable"],
    [503, "retryable"],
  ];
  for (const [status, tag] of cases) {
    assert.equal(failure(() => host(status).handler.execute(task())).tag, tag, `${status}`);
  }
  assert.equal(failure(() => host(429, [["Retry-After", "7"]]).handler.execute(task())).val.afterSeconds, 7);
  const date = "Fri, 02 Jan 2026 03:04:35 GMT";
  assert.equal(failure(() => host(503, [["retry-after", date]]).handler.execute(task())).val.afterSeconds, 30);
});

test("input that no form would let through is refused, not a crash", () => {
  const { handler } = host(200);
  for (const input of ["{}", "[]", "null", '{"url":7}']) {
    assert.equal(failure(() => handler.register(JSON.stringify(context), input)).tag, "invalid-input", input);
  }
});
