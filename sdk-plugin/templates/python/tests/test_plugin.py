import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

import plugin  # noqa: E402
from sdk import Failed, HttpError, Response, handler  # noqa: E402

CONTEXT = {"organization": "acme", "now": "2026-01-02T03:04:05Z", "registration": {"name": "hook", "integration": "my-plugin"}}
DELIVERY = CONTEXT | {
    "delivery_id": "0198c0de-0000-7000-8000-000000000001",
    "attempt": 1,
    "workflow": {"id": "w", "name": "release-build", "project": "payments-api", "team": None},
    "run": {"id": "r", "state": "pushed", "verdict": "compliant", "warnings": 0, "version": "1.4.2",
            "attestation_digest": "sha256:00", "evaluations": []},
}
CONFIGURATION = {"url": {"$endpoint": "target"}, "secret": {"$secret": "token"}}


class Memory:
    def __init__(self, about):
        self.about = about

    def metadata(self):
        return json.dumps(self.about)

    def read(self, max):
        return b""


class Mock:
    """A host that answers with one status and keeps what it was sent."""

    def __init__(self, status, headers=()):
        self.status, self.headers, self.sent = status, list(headers), []

    def send(self, method, endpoint, suffix, headers, body, auth, timeout_ms):
        self.sent.append({"endpoint": endpoint, "headers": dict(headers), "body": json.loads(body), "auth": auth})
        if isinstance(self.status, str):
            raise HttpError(self.status, "no answer")
        return Response(self.status, self.headers, Memory({}))

    def log(self, level, message, **fields):
        pass


def execute(host):
    sbom = Memory({"name": "sbom", "kind": "SBOM_CYCLONEDX_JSON", "digest": "sha256:11", "size": 7})
    registration = json.dumps({"configuration": CONFIGURATION, "state": {}})
    attachment = json.dumps({"configuration": {}, "state": {}})
    return json.loads(handler(plugin, host).execute(json.dumps(DELIVERY), registration, attachment, Memory({}), [sbom]))


class PluginTest(unittest.TestCase):
    def test_a_registration_is_tried(self):
        host = Mock(204)
        answer = handler(plugin, host).register(json.dumps(CONTEXT), json.dumps(CONFIGURATION))
        self.assertEqual(json.loads(answer), {"tested_at": CONTEXT["now"]})
        self.assertEqual((host.sent[0]["endpoint"], host.sent[0]["auth"]), ("target", ["token"]))

    def test_a_run_is_told_with_its_materials(self):
        host = Mock(200)
        self.assertEqual(execute(host), {"status": 200, "materials": 1})
        self.assertEqual(host.sent[0]["body"]["run"]["verdict"], "compliant")
        self.assertEqual(host.sent[0]["headers"]["webhook-id"], DELIVERY["delivery_id"])

    def test_an_answer_says_what_the_host_does_next(self):
        cases = [(400, "permanent"), (401, "unauthorized"), (403, "unauthorized"), (302, "permanent"), (408, "retryable"),
                 (429, "retryable"), (503, "retryable"), ("timeout", "retryable"), ("denied", "permanent")]
        for status, kind in cases:
            with self.subTest(status), self.assertRaises(Failed) as raised:
                execute(Mock(status))
            self.assertEqual(raised.exception.kind, kind)
        for value, wait in (("7", 7), ("Fri, 02 Jan 2026 03:04:35 GMT", 30), ("soon", None)):
            with self.subTest(value), self.assertRaises(Failed) as raised:
                execute(Mock(429, [("Retry-After", value)]))
            self.assertEqual(raised.exception.after_seconds, wait)

    def test_input_that_no_form_would_let_through_is_refused(self):
        for text in ("{}", "[]", "null", '{"url":7}'):
            with self.subTest(text), self.assertRaises(Failed) as raised:
                handler(plugin, Mock(200)).register(json.dumps(CONTEXT), text)
            self.assertEqual(raised.exception.kind, "invalid-input")


if __name__ == "__main__":
    unittest.main()
