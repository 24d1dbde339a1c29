"""Teaches schemathesis NDJSON: one JSON value a line."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(ctx, value):
    rows = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(row) for row in rows).encode()


@schemathesis.deserializer("application/x-ndjson")
def lines(ctx, response):
    return [json.loads(line) for line in response.text.splitlines() if line]


@schemathesis.deserializer("text/event-stream")
def events(ctx, response):
    return response.text
