"""The component: the plugin, and the host of the world."""
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import http, log, types

import plugin
from sdk import Failed, Host, HttpError, Response, handler


class World(Host):
    """The imports of the component."""

    def send(self, method, endpoint, suffix, headers, body, auth, timeout_ms):
        request = http.Request(
            method=method,
            target=http.Target_Endpoint((endpoint, suffix)),
            headers=headers,
            body=http.Body_None_() if body is None else http.Body_Raw(_source(body)),
            auth=auth,
            timeout_ms=timeout_ms,
        )
        try:
            answer = http.send(request)
        except Err as refused:
            error = refused.value
            raise HttpError(_word(error), getattr(error, "value", "")) from None
        return Response(answer.status, answer.headers, answer.body)

    def log(self, level, message, **fields):
        log.write(log.Level[level.upper()], message, [(name, str(value)) for name, value in fields.items()])


class Handler(exports.Handler):
    """The exports of the component."""

    def describe(self):
        return _handler.describe()

    def register(self, context, input):
        return _answer(_handler.register, context, input)

    def attach(self, context, registration, input):
        return _answer(_handler.attach, context, registration, input)

    def execute(self, task):
        return _answer(_handler.execute, task.context, task.registration, task.attachment, task.envelope, task.materials)


_handler = handler(plugin, World())


def _answer(function, *arguments):
    try:
        return function(*arguments)
    except Failed as failed:
        raise Err(_error(failed)) from None


def _error(failed):
    if failed.kind == "invalid-input":
        return types.Error_InvalidInput([types.FieldIssue(pointer, message) for pointer, message in failed.issues])
    if failed.kind == "unauthorized":
        return types.Error_Unauthorized(types.Failure(failed.code, failed.message))
    if failed.kind == "retryable":
        return types.Error_Retryable(types.Retry(failed.code, failed.message, failed.after_seconds))
    return types.Error_Permanent(types.Failure(failed.code, failed.message))


def _source(body):
    if isinstance(body, str):
        return http.Source_Text(body)
    if isinstance(body, bytes):
        return http.Source_Bytes(body)
    return http.Source_Blob((body, http.Encoding.IDENTITY))


def _word(error):
    """`HttpError_TooLarge` is `too-large`."""
    name = type(error).__name__.partition("_")[2]
    return "".join("-" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("-")
