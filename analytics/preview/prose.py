"""Staff's text, read as a small subset of Markdown: paragraphs, lists, bold, italics, links.

The text is parsed once into blocks; every surface (page, document, Markdown) writes the blocks
and never the text, so that html, images and addresses other than the web's stay what they are:
letters. CommonMark, by markdown-it-py with every rule off but the few named here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Kind = Literal["paragraph", "bullets", "numbers"]

_ADDRESS = re.compile(r"https?://[^\s<>\"'\\]+\Z|mailto:[^\s<>\"'\\/]+\Z", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])")
_BULLET_LIKE = re.compile(r"^(\d+)([.)])|^([-+=])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_NOT_TEXT = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Span:
    """A run of letters of one look; ``href`` is a web or mail address, or None."""

    text: str
    strong: bool = False
    emphasis: bool = False
    href: str | None = None


@dataclass(frozen=True)
class Block:
    """A paragraph (its one item), or a list (an item each)."""

    kind: Kind
    items: tuple[tuple[Span, ...], ...]


def clean(text: str) -> str:
    """Line ends as newlines, no control or direction characters, no space at the ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_TEXT.sub("", _CONTROL.sub("", lines)).strip()


@functools.cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt  # here: a start waits for no preview's text

    return MarkdownIt("zero").enable(["list", "emphasis", "link", "escape", "newline"])


def blocks(text: str) -> tuple[Block, ...]:
    """The paragraphs and lists of a text; a list inside a list is drawn level with it."""
    made: list[Block] = []
    kinds: list[Kind] = []
    items: list[tuple[Span, ...]] = []
    for token in _reader().parse(clean(text)):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            kinds.append("bullets" if token.type.startswith("bullet") else "numbers")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            kind = kinds.pop()
            if not kinds and items:
                made.append(Block(kind, tuple(items)))
                items = []
        elif token.type == "inline":
            spans = tuple(_spans(token.children or ()))
            if kinds and spans:
                items.append(spans)
            elif spans:
                made.append(Block("paragraph", (spans,)))
    return tuple(made)


def _spans(tokens: Sequence[Token]) -> Iterator[Span]:
    strong = emphasis = 0
    href: str | None = None
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            strong += token.nesting
        elif token.type in ("em_open", "em_close"):
            emphasis += token.nesting
        elif token.type == "link_open":
            address = str(token.attrGet("href") or "")
            href = address if _ADDRESS.match(address) else None
        elif token.type == "link_close":
            href = None
        else:
            text = " " if token.type in ("softbreak", "hardbreak") else token.content
            if text:
                yield Span(text, strong > 0, emphasis > 0, href)


def as_markdown(text: str) -> str:
    """The blocks written as Markdown again: nothing in it is html, whoever reads it."""
    written = []
    for block in blocks(text):
        marks = [f"{i}. " if block.kind == "numbers" else "- " for i in range(1, 1000)]
        markers = [""] if block.kind == "paragraph" else marks
        lines = [
            mark + "".join(_span(span, first=i == 0) for i, span in enumerate(item))
            for mark, item in zip(markers, block.items, strict=False)
        ]
        written.append("\n".join(lines))
    return "\n\n".join(written)


def _span(span: Span, *, first: bool) -> str:
    text = _SPECIAL.sub(r"\\\1", span.text)
    if first:
        text = _BULLET_LIKE.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", text)
    bare = text.strip()
    if bare and (span.strong or span.emphasis):
        mark = "*" * (2 * span.strong + span.emphasis)
        text = text.replace(bare, f"{mark}{bare}{mark}", 1)
    if span.href:
        address = span.href.replace("(", "%28").replace(")", "%29")
        text = f"[{text}]({address})"
    return text
