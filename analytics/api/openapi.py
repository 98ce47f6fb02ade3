"""OpenAPI 3.1 of the HTTP interface, made from the declared questions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from analytics.api.schemas import Parameter, parameters_of, result_schemas
from analytics.desk.questions import QUESTIONS
from analytics.model.question import Question

BASE = "/api/v1/"
PROBLEM = "application/problem+json"
_JSON = "application/json"
_SCHEMAS = "#/components/schemas/{name}"

PROBLEMS: Mapping[str, str] = {
    "400": "A parameter is not what is accepted; `parameter` names it.",
    "401": "Nobody has signed in, or the token is not known, has ended or was revoked.",
    "403": "The plan does not include the question, or the token is not for reading.",
    "429": "Too many requests within the minute; Retry-After says when there is room.",
    "503": "The source or the store could not be asked; the same request may work later.",
}
"""Status -> what it says, of every question."""

_ABSENCE = {
    "description": "There is no result, and `reason` says why: missing data is no error.",
    "type": "object",
    "properties": {"reason": {"type": "string"}},
    "required": ["reason"],
}
_PROBLEM_SCHEMA = {
    "description": "RFC 9457; `detail` is one sentence.",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string", "description": "The parameter that is refused."},
        "plan": {"type": "string", "description": "The plan that includes the question."},
    },
    "required": ["title", "status", "detail"],
}
_STATED = {
    "description": "What every answer states beside its result.",
    "type": "object",
    "properties": {
        "question": {"type": "string"},
        "as_of": {
            "type": "string",
            "format": "date-time",
            "description": "What the figures hold for, with New York's offset.",
        },
        "freshness": {"$ref": _SCHEMAS.format(name="Freshness")},
        "provenance": {"$ref": _SCHEMAS.format(name="Provenance")},
    },
    "required": ["question", "as_of", "freshness", "provenance"],
}
_LISTING = {
    "type": "object",
    "properties": {
        "questions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "about": {"type": "string"},
                    "plan": {"type": "string"},
                    "address": {"type": "string"},
                    "parameters": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["name", "about", "plan", "address", "parameters"],
            },
        }
    },
    "required": ["questions"],
}


@functools.cache
def description_of_all() -> dict[str, Any]:
    """The whole description, as JSON."""
    questions = list(QUESTIONS.values())
    results, shared = result_schemas(questions, _SCHEMAS)
    paths = {
        BASE + question.name: {"get": _operation(question, result)}
        for question, result in zip(questions, results, strict=True)
    }
    own = {"Absence": _ABSENCE, "Problem": _PROBLEM_SCHEMA, "Stated": _STATED, "Listing": _LISTING}
    clash = own.keys() & shared.keys()
    if clash:
        raise ValueError(f"a result's class is named like a schema of the interface: {clash}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Holdline",
            "version": "1",
            "summary": "The desk's questions and answers as JSON.",
            "description": (
                "Every question that the shell and the pages ask. Each answer states its moment, "
                "source and freshness. Not investment advice."
            ),
        },
        "paths": {BASE: {"get": _listing()}, **paths},
        "components": {
            "schemas": {**shared, **own},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token of the account's page, of scope read or edit.",
                }
            },
        },
        "security": [{"token": []}, {}],
    }


def _operation(question: Question[Any, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    answer = {
        "allOf": [{"$ref": _SCHEMAS.format(name="Stated")}],
        "anyOf": [result, {"$ref": _SCHEMAS.format(name="Absence")}],
    }
    return {
        "operationId": question.name,
        "summary": question.about,
        "x-plan": question.offer.plan.value,
        "parameters": [_in_query(one) for one in parameters_of(question)],
        "responses": {
            "200": {
                "description": "The answer, or the reason why there is none.",
                "headers": _headers(),
                "content": {_JSON: {"schema": answer}},
            },
            "304": {"description": "The answer is still the one that If-None-Match names."},
            **{status: _problem(said) for status, said in PROBLEMS.items()},
        },
    }


def _in_query(parameter: Parameter) -> dict[str, Any]:
    listed = parameter.schema.get("type") == "array"
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "schema": dict(parameter.schema),
        **({"description": parameter.about} if parameter.about else {}),
        **({"style": "form", "explode": False} if listed else {}),
        **({"example": parameter.example} if parameter.example not in (None, []) else {}),
    }


def _headers() -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    return {
        "ETag": {"description": "Of this body; send it back as If-None-Match.", **text},
        "RateLimit": {"description": "What is left of the minute's requests.", **text},
        "RateLimit-Policy": {"description": "How many a minute there are.", **text},
    }


def _problem(said: str) -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(name="Problem")}
    return {"description": said, "content": {PROBLEM: {"schema": schema}}}


def _listing() -> dict[str, Any]:
    schema = {"$ref": _SCHEMAS.format(name="Listing")}
    return {
        "operationId": "questions",
        "summary": "every question, with the names of its parameters and the plan that it needs",
        "security": [{}],
        "responses": {
            "200": {"description": "The list.", "content": {_JSON: {"schema": schema}}},
        },
    }


def listed() -> list[dict[str, Any]]:
    """The questions, as `BASE` itself answers them."""
    return [
        {
            "name": question.name,
            "about": question.about,
            "plan": question.offer.plan.value,
            "address": BASE + question.name,
            "parameters": [one.name for one in parameters_of(question)],
        }
        for question in QUESTIONS.values()
    ]
