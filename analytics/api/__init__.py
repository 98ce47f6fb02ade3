"""The declared questions for programs: JSON Schemas, OpenAPI, and the tools of an assistant."""
