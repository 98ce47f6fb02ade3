"""Small bodies of SEC EDGAR's ``companyfacts`` and ``company_tickers``."""

from __future__ import annotations

import json
from typing import Any

Row = tuple[str, str, float, str, str]
"""start, end, value, filed, form."""


def entry(start: str, end: str, value: float, filed: str, form: str = "10-Q") -> dict[str, Any]:
    """One entry as the SEC writes it, with a wrong ``fy`` and ``fp``, which nobody must read."""
    return {
        "start": start,
        "end": end,
        "val": value,
        "accn": f"filing of {filed}",
        "fy": 1999,
        "fp": "FY",
        "form": form,
        "filed": filed,
        "isXBRLNumeric": True,
    }


def body(concepts: dict[str, dict[str, list[dict[str, Any]]]], **more: Any) -> dict[str, Any]:
    """An answer of us-gaap concepts: name -> unit -> entries."""
    facts = {
        "us-gaap": {
            name: {"label": None, "description": None, "units": units}
            for name, units in concepts.items()
        }
    }
    return {"cik": 7, "entityName": "SMALL INC", "facts": facts | more.pop("taxonomies", {})} | more


def revenue(*rows: dict[str, Any], concept: str = "Revenues") -> dict[str, Any]:
    """An answer with revenue in dollars alone."""
    return body({concept: {"USD": list(rows)}})


def tickers(**ciks: int) -> bytes:
    """``company_tickers.json``: keys "0", "1", ... and a number under ``cik_str``."""
    rows = [
        {"cik_str": cik, "ticker": ticker.replace("_", "-"), "title": "T"}
        for ticker, cik in ciks.items()
    ]
    return json.dumps({str(i): row for i, row in enumerate(rows)}).encode()
