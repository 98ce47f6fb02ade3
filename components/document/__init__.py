"""The weekly preview as a document: one html file that needs no network, and its PDF."""

from __future__ import annotations

from components.document.document import Document, to_html
from components.document.pdf import PdfUnavailable, to_pdf

__all__ = ["Document", "PdfUnavailable", "to_html", "to_pdf"]
