"""Typed helpers for integrations in Python. A plugin gets its host as a parameter, so that a test can be one.

Everything that is imported must be imported at the top of a module: when the component runs, there are no files.
"""
from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol


class Blob(Protocol):
    """Bytes that stay with the host: evidence, and the bodies of answers."""

    def metadata(self) -> str:
        """JSON: `name`, `kind`, `digest`, `size`, `media_type`, `annotations`."""

    def read(self, max: int) -> bytes:
        """The next bytes, at most `max` and at most 1 MiB; none at the end."""

    def rewind(self) -> None:
        """Back to the beginning."""


@dataclass
class Response:
    """An answer; its body stays with the host until it is read."""

    status: int
    headers: list[tuple[str, str]]
    body: Blob

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((value for found, value in self.headers if found.lower() == name.lower()), None)


class HttpError(Exception):
    """There is no answer: `denied`, `dns`, `connect`, `tls`, `timeout`, `too-large` or `protocol`."""

    def __init__(self, word: str, message: str):
        super().__init__(message or word)
        self.word = word


class Host(Protocol):
    """What a plugin asks of its host."""

    def send(self, method: str, endpoint: str, suffix: str, headers: list[tuple[str, str]], body: str | bytes | Blob | None,
             auth: list[str], timeout_ms: int | None) -> Response:
        """Sends a request to an endpoint of the registration; raises `HttpError`."""

    def log(self, level: str, message: str, **fields: Any) -> None:
        """A line for whoever looks at a delivery."""


class Failed(Exception):
    """What a plugin raises; its kind is what the host does next."""

    def __init__(self, kind: str, code: str, message: str, after_seconds: int | None = None, issues: list[tuple[str, str]] | None = None):
        super().__init__(message)
        self.kind, self.code, self.message = kind, code, message
        self.after_seconds, self.issues = after_seconds, issues or []

    @classmethod
    def invalid(cls, pointer: str, message: str) -> Failed:
        """A field of the input is wrong: shown to the user, never tried again."""
        return cls("invalid-input", "invalid-input", message, issues=[(pointer, message)])

    @classmethod
    def unauthorized(cls, code: str, message: str) -> Failed:
        """The destination refuses the credential: nothing is tried until somebody acts."""
        return cls("unauthorized", code, message)

    @classmethod
    def retryable(cls, code: str, message: str, after_seconds: int | None = None) -> Failed:
        """Later, and not before `after_seconds`, when the destination said so."""
        return cls("retryable", code, message, after_seconds)

    @classmethod
    def permanent(cls, code: str, message: str) -> Failed:
        """Never."""
        return cls("permanent", code, message)


def send(host: Host, endpoint: dict, *, method: str = "POST", suffix: str = "", headers: dict[str, str] | None = None,
         body: str | bytes | Blob | None = None, auth: list[dict | None] = (), timeout_ms: int | None = None) -> Response:
    """Sends a request; answers with any status. Secrets in `auth` that the user did not give may be `None`."""
    slots = [secret["$secret"] for secret in auth if secret]
    try:
        return host.send(method, endpoint["$endpoint"], suffix, list((headers or {}).items()), body, slots, timeout_ms)
    except HttpError as error:
        raise _unsent(error) from None


def ok(context: dict, response: Response) -> Response:
    """The answer, if it is a success (2xx); raises what the host should know otherwise."""
    status = response.status
    if 200 <= status < 300:
        return response
    code, message = f"http-{status}", f"the destination answered {status}"
    if status in (401, 403):
        raise Failed.unauthorized(code, message)
    if status in (408, 425, 429) or status >= 500:
        raise Failed.retryable(code, message, _retry_after(context, response))
    raise Failed.permanent(code, message)


def metadata(blob: Blob) -> dict:
    """The metadata of a blob."""
    return json.loads(blob.metadata())


def seconds(instant: str) -> int:
    """Seconds since 1970, of an instant in RFC 3339."""
    return int(datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp())


class _Handler:
    """The functions of the component, with texts on the outside and documents on the inside."""

    def __init__(self, plugin, host: Host):
        self.plugin, self.host = plugin, host

    def describe(self) -> str:
        return json.dumps(self.plugin.MANIFEST)

    def register(self, context: str, input: str) -> str:
        return _answer(lambda: self.plugin.register(self.host, _object(context), _object(input)))

    def attach(self, context: str, registration: str, input: str) -> str:
        return _answer(lambda: self.plugin.attach(self.host, _object(context), _object(registration), _object(input)))

    def execute(self, context: str, registration: str, attachment: str, envelope: Blob, materials: list[Blob]) -> str:
        return _answer(lambda: self.plugin.execute(
            self.host, _object(context), _object(registration), _object(attachment), envelope, materials))


def handler(plugin, host: Host) -> _Handler:
    """What the entry of the component exports, for a module with `MANIFEST`, `register`, `attach` and `execute`."""
    return _Handler(plugin, host)


def _answer(work) -> str:
    try:
        return json.dumps(work() or {})
    except Failed:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise Failed.permanent("plugin-panic", f"{type(error).__name__}: {error} ({last.name}, line {last.lineno})") from None


def _object(text: str) -> dict:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise Failed.invalid("", "this must be an object")
    return value


def _unsent(error: HttpError) -> Failed:
    """No answer: refused by the host is for ever, everything else may be different later."""
    if error.word == "denied":
        return Failed.permanent("egress-denied", str(error))
    if error.word == "too-large":
        return Failed.permanent("response-too-large", str(error))
    return Failed.retryable(f"network-{error.word}", str(error))


def _retry_after(context: dict, response: Response) -> int | None:
    """The seconds of `Retry-After` (RFC 9110, section 10.2.3): a number, or a date."""
    value = (response.header("retry-after") or "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    try:
        wait = parsedate_to_datetime(value).timestamp() - seconds(context["now"])
    except (ValueError, TypeError):
        return None
    return max(0, int(wait))
