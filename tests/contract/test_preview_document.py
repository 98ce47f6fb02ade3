"""The preview as a document: complete, inert, without a network; the PDF and the command."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from analytics.model.question import Answer
from analytics.model.vocabulary import Freshness, NotAvailable, SourceFailure
from analytics.preview import Answers, StaffText, ask_all, build_preview, compose
from analytics.preview.edition import SECTION_TITLES, Chart
from analytics.preview.markdown import to_markdown
from analytics.preview.prose import as_markdown, blocks
from components.document import Document, PdfUnavailable, pdf, to_html, to_pdf
from components.document.export import write_whole
from components.figures.theme import themed
from components.pages.preview.charts import DRAWINGS, draw_all
from tests.contract.test_app_cli import run
from tests.support.preview_goldens import DAYS, STAFF, desk_on, staff_path
from tests.support.shared_data import needs_shared_data

MONDAY = DAYS[1]
BASE = "https://desk.example"
HOSTILE = StaffText(
    {
        "supports": '<script>alert(1)</script> <img src=x onerror="alert(2)"> &lt;b&gt; '
        "[click](javascript:alert(3)) [data](data:text/html,x) ![pixel](https://spy.example/p.png) "
        '[quote](https://x.example/"onmouseover="alert(4))'
    },
    "</p></div><iframe src='https://evil.example'></iframe>\n\n- [ok](https://fine.example)",
)


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[Answers, tuple[Chart, ...]]]:
    desk = desk_on("demo")
    answers = ask_all(desk, MONDAY)
    yield answers, draw_all(answers, desk)
    desk.close()


@pytest.fixture(scope="module")
def document(demo: tuple[Answers, tuple[Chart, ...]]) -> Document:
    answers, charts = demo
    return Document(compose(answers), charts, BASE, STAFF, "Version 2.")


class Seen(HTMLParser):
    """What a browser would load, run or lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.links: list[str] = []
        self.meta: dict[str, str] = {}
        self.words: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.names: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.names += given
        self.ids += [given["id"]] if "id" in given else []
        self.labels += [given["aria-label"]] if "aria-label" in given else []
        self._inside = tag
        self.handlers += [name for name in given if name.startswith("on")]
        loading = ("src", "srcset", "data", "poster", "action", "formaction", "background")
        self.loads += [given[name] for name in loading if name in given]
        if tag == "link":
            self.loads.append(given.get("href", ""))
        elif "href" in given:
            self.links.append(given["href"])
        if tag == "meta" and "http-equiv" in given:
            self.meta[given["http-equiv"]] = given["content"]

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.words.append(data)


class TestTheFile:
    def test_it_loads_nothing_and_its_policy_forbids_it(self, document: Document) -> None:
        seen = Seen(to_html(document))
        assert seen.loads == []
        assert not {"iframe", "object", "embed", "link", "base", "form", "img"} & set(seen.tags)
        policy = seen.meta["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "unsafe-eval" not in policy
        assert "http" not in policy
        style = re.search(r"<style>(.*?)</style>", to_html(document), re.DOTALL)
        assert style is not None
        assert not re.search(r"url\(|@import", style[1])

    def test_the_library_is_in_it_once(self, document: Document) -> None:
        text = to_html(document)
        assert text.count("plotly.js v") == 1
        assert text.count("<script") - text[text.index("plotly.js v") :].count("<script") == 2
        assert len(text) < 6_000_000

    def test_every_figure_leads_to_its_page_and_is_explained(self, document: Document) -> None:
        seen = Seen(to_html(document))
        figures = [
            f for s in document.preview.sections for line in s.sentences for f in line.figures
        ]
        assert figures
        for figure in figures:
            assert BASE + figure.link in seen.links
        assert all(link.startswith((BASE, "https://www.sec.gov")) for link in seen.links)
        text = " ".join(seen.words)
        for figure in figures:
            assert figure.text in text
        table = to_html(document).split('id="figures"')[1]
        assert "Simulator, Mon 27 Jan 2025, 16:00 EST" in table
        assert "Close needed" in table

    def test_banner_advice_status_and_both_voices(self, document: Document) -> None:
        text = " ".join(Seen(to_html(document)).words)
        assert "SIMULATED - not market prices" in text
        assert "Not investment advice." in text
        assert "Version 2." in text
        assert "Trading strategy" in text
        assert text.count("From the desk") == 2
        plain = replace(document, staff=StaffText(), edition="")
        assert "From the desk" not in to_html(plain)
        real = replace(document, preview=replace(document.preview, simulated=False))
        assert "SIMULATED - not market prices" not in to_html(real).split("preview-data")[0]

    def test_every_chart_is_one_that_plotly_draws(self, document: Document) -> None:
        assert [chart.key for chart in document.charts] == [one.key for one in DRAWINGS]
        for chart in document.charts:
            themed(dict(chart.figure), "light")
            themed(dict(chart.figure), "dark")
            assert f'id="chart-{chart.key}"' in to_html(document)


class TestHostileWords:
    def test_in_the_document_they_stay_letters(self, document: Document) -> None:
        kind, mean = (
            Seen(to_html(replace(document, staff=staff))) for staff in (StaffText(), HOSTILE)
        )
        assert mean.loads == []
        assert mean.handlers == []
        assert mean.tags.count("script") == kind.tags.count("script")
        assert "iframe" not in mean.tags
        assert "img" not in mean.tags
        added = set(mean.links) - set(kind.links)
        assert added == {
            "https://fine.example",
            "https://spy.example/p.png",
            "https://x.example/%22onmouseover=%22alert(4)",
        }
        assert "<script>alert(1)</script>" in "".join(mean.words)

    def test_quotes_end_no_attribute(self, document: Document) -> None:
        """Wherever a word stands in an attribute: it is the attribute's value, to the letter."""
        mean = """x" onclick="alert(1)" y='2' <b>&quot;"""
        first = document.preview.sections[0]
        sentence = first.sentences[0]
        figure = replace(sentence.figures[0], link=f"/supports?{mean}", source=mean, text=mean)
        section = replace(first, key=mean, sentences=(replace(sentence, parts=(mean, figure)),))
        chart = replace(document.charts[0], section=mean, summary=mean, key=mean, title=mean)
        hostile = replace(
            document,
            preview=replace(document.preview, sections=(section,), title=mean, notes=(mean,)),
            charts=(chart,),
            base_url=f"{BASE}/{mean}",
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SECTION_TITLES, mean, mean)
            text = to_html(hostile)
        seen = Seen(text)
        assert seen.handlers == []
        assert f"{BASE}/{mean}/supports?{mean}" in seen.links
        assert {mean, f"chart-{mean}"} <= set(seen.ids)
        assert mean in seen.labels
        assert {"b", "y"} & {*seen.tags, *seen.names} == set()

    def test_in_markdown_they_stay_letters(self, document: Document) -> None:
        from markdown_it import MarkdownIt

        text = to_markdown(document.preview, BASE, HOSTILE)
        tokens = MarkdownIt("commonmark").parse(text)
        kinds = {child.type for t in tokens for child in t.children or ()} | {
            t.type for t in tokens
        }
        assert not kinds & {"html_inline", "html_block", "image"}
        leads = [
            str(child.attrGet("href"))
            for token in tokens
            for child in token.children or ()
            if child.type == "link_open"
        ]
        assert all(href.startswith("https://") for href in leads)

    def test_what_a_script_tag_in_a_chart_s_title_does(self, document: Document) -> None:
        mean = replace(document.charts[0], title="</script><script>alert(1)</script>")
        figure = {"data": [], "layout": {"title": {"text": "</script><script>alert(5)"}}}
        seen = Seen(to_html(replace(document, charts=(replace(mean, figure=figure),))))
        assert seen.tags.count("script") == 3

    @pytest.mark.parametrize(
        "text",
        [
            "One *two* **three** [four](https://x.example/a_(b)).",
            "- a\n- b\n\n1. c\n2. d",
            "1\\. not a list\n\n\\- nor this",
            "2 < 3 & 4 > 1, a_b_c, `x`, #tag, |, ~~no~~, ![i](https://x.example/y.png)",
            "***both*** and *[in](https://x.example)*",
        ],
    )
    def test_written_again_it_reads_the_same(self, text: str) -> None:
        once = as_markdown(text)
        spans = ["".join(span.text for item in b.items for span in item) for b in blocks(text)]
        again = ["".join(span.text for item in b.items for span in item) for b in blocks(once)]
        assert spans == again
        assert [(b.kind, len(b.items)) for b in blocks(text)] == [
            (b.kind, len(b.items)) for b in blocks(once)
        ]
        assert as_markdown(once) == once


class TestARemovedInput:
    @pytest.mark.parametrize(
        ("removed", "section", "charts"),
        [
            ({"drawdown": None}, "drawdown", ["drawdown-chart"]),
            ({"sentiment": None}, "sentiment", ["sentiment-chart"]),
            ({"afloat": None}, "afloat", ["afloat-chart"]),
            ({"supports": {}}, "supports", ["supports-chart"]),
            (
                {"options": {}, "surprises": {}},
                "options",
                ["options-SPY", "options-NVDA", "options-XLK", "options-QQQ"],
            ),
        ],
    )
    def test_takes_its_words_and_its_charts_along(
        self,
        demo: tuple[Answers, tuple[Chart, ...]],
        removed: dict[str, Any],
        section: str,
        charts: list[str],
    ) -> None:
        desk = desk_on("demo")
        answers = replace(demo[0], **removed)
        less = Document(compose(answers), draw_all(answers, desk), BASE)
        desk.close()
        assert {c.key for c in demo[1]} - {c.key for c in less.charts} == set(charts)
        text = to_html(less)
        assert f'<section id="{section}"' not in text
        assert not any(f'id="chart-{key}"' in text for key in charts)

    def test_a_symbol_without_a_chain_has_no_chart(
        self, demo: tuple[Answers, tuple[Chart, ...]]
    ) -> None:
        answers, charts = demo
        gone = replace(answers.options["NVDA"], result=None, reason="no chain.")
        less = replace(answers, options={**answers.options, "NVDA": gone})
        desk = desk_on("demo")
        drawn = {chart.key for chart in draw_all(less, desk)}
        desk.close()
        assert {chart.key for chart in charts} - drawn == {"options-NVDA"}

    def test_without_any_price_it_is_refused(self, demo: tuple[Answers, tuple[Chart, ...]]) -> None:
        from analytics.preview import require_prices

        def gone(answer: Answer[Any] | None, freshness: Freshness) -> Answer[Any]:
            assert answer is not None
            return replace(answer, result=None, reason="no.", freshness=freshness)

        answers = demo[0]
        for freshness, error in (
            (Freshness.ERROR, SourceFailure),
            (Freshness.NO_DATA, NotAvailable),
        ):
            less = replace(
                answers,
                watchlist=gone(answers.watchlist, freshness),
                sectors=gone(answers.sectors, freshness),
                supports={k: gone(v, freshness) for k, v in answers.supports.items()},
            )
            with pytest.raises(error, match="nothing to write a preview from: no"):
                require_prices(less)
        require_prices(answers)


class TestTheRecordedMarket:
    @needs_shared_data
    def test_its_document_says_what_its_text_says(self) -> None:
        desk = desk_on("files")
        answers = ask_all(desk, MONDAY)
        made = Document(build_preview(desk, MONDAY), draw_all(answers, desk), BASE)
        desk.close()
        text = " ".join("".join(Seen(to_html(made)).words).split())
        assert "held it by the close at 599.37" in text
        assert "fell 16.97% to 118.42" in text
        assert [chart.key for chart in made.charts] == [
            "supports-chart",
            "drawdown-chart",
            "afloat-chart",
        ]

    @pytest.mark.parametrize("source", ["demo", pytest.param("files", marks=needs_shared_data)])
    def test_the_golden_markdown_with_staff_s_words(self, source: str) -> None:
        desk = desk_on(source)
        text = to_markdown(build_preview(desk, MONDAY), BASE, STAFF)
        desk.close()
        assert text == staff_path(source).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def printed(document: Document) -> Iterator[pypdfium2.PdfDocument]:
    if pdf.find_browser() is None:
        pytest.skip("no Chrome or Chromium on this machine (Debian: apt-get install chromium)")
    made = pypdfium2.PdfDocument(to_pdf(to_html(document)))
    yield made
    made.close()


class TestThePdf:
    def test_its_pages_hold_the_text(self, printed: pypdfium2.PdfDocument) -> None:
        texts = [page.get_textpage().get_text_bounded() for page in printed]
        assert 4 <= len(texts) <= 12
        text = " ".join(" ".join(texts).split())
        for words in ("SPY opened at 594.81", "Trading strategy", "hedged", "Close needed"):
            assert words in text
        assert all("SIMULATED - not market prices" in text for text in texts)
        assert all("Not investment advice" in text for text in texts)

    def test_its_charts_are_drawn(self, printed: pypdfium2.PdfDocument) -> None:
        """Candles and lines leave their colours on the pages, in the light palette."""
        found = set()
        for page in printed:
            picture = page.render(scale=3).to_numpy()[:, :, ::-1].reshape(-1, 3)
            for name, colour in (("up", (0, 114, 178)), ("50-DMA", (184, 134, 11))):
                if (abs(picture.astype(int) - colour).max(axis=1) <= 6).sum() > 200:
                    found.add(name)
            white = (picture > 245).all(axis=1).mean()
            assert white > 0.5
        assert found == {"up", "50-DMA"}

    def test_without_a_browser_it_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda name: None)
        with pytest.raises(PdfUnavailable, match="open the HTML and print it"):
            to_pdf("<p>x</p>")

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("exec sleep 60", "did not make the PDF within"),
            ("echo broken >&2; exit 3", "failed with status 3: broken"),
            ("exit 0", "ended without making the PDF"),
        ],
    )
    def test_a_browser_that_fails_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
    ) -> None:
        fake = tmp_path / "chromium"
        fake.write_text(f"#!/bin/sh\n{body}\n")
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        with pytest.raises(PdfUnavailable, match=said):
            to_pdf("<p>x</p>", patience_seconds=1.0)


class TestTheCommand:
    def test_it_writes_each_form_and_ends(self, tmp_path: Path) -> None:
        wanted = ["preview.html", "preview.md"]
        if pdf.find_browser() is not None:
            wanted.append("preview.pdf")
        for name in wanted:
            done = run(
                "preview", "--demo", "--as-of", str(MONDAY), "--out", str(tmp_path / name),
                home=tmp_path / "home", HOLDLINE_PUBLIC_URL=f"{BASE}/",
            )  # fmt: skip
            assert (done.returncode, done.stderr) == (0, "")
            assert "Weekly preview, Monday 27 January 2025 (SIMULATED" in done.stdout
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*wanted, "home"])
        text = (tmp_path / "preview.md").read_text(encoding="utf-8")
        assert f"]({BASE}/supports?" in text
        if "preview.pdf" in wanted:
            assert (tmp_path / "preview.pdf").read_bytes().startswith(b"%PDF")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--out", "x.docx"), "ends in .html, .md or .pdf"),
            (("--out", "/no/such/folder/x.md"), "no folder /no/such/folder"),
            ((), "--out"),
            (("--out", "x.md", "--version", "one"), "--version is 'one'"),
            (("--out", "x.md", "--as-of", "2098-01-02"), "outside the exchange's calendar"),
            (("--out", "x.md", "--as-of", "2025-01-27", "--version", "3"), "no version 3"),
            (("--out", "x.md", "--nonsense"), "--nonsense"),
        ],
    )
    def test_what_is_wrong_is_one_line_and_exit_2(
        self, tmp_path: Path, words: tuple[str, ...], said: str
    ) -> None:
        done = run("preview", "--demo", *words, home=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stdout == ""

    def test_without_a_browser_a_pdf_is_refused_before_anything_is_asked(
        self, tmp_path: Path
    ) -> None:
        done = run(
            "preview", "--demo", "--out", str(tmp_path / "x.pdf"),
            home=tmp_path, PATH=str(tmp_path),
        )  # fmt: skip
        assert done.returncode == 2
        assert "print style" in done.stderr
        assert not (tmp_path / "x.pdf").exists()

    def test_a_file_is_replaced_whole_or_not_at_all(self, tmp_path: Path) -> None:
        out = tmp_path / "preview.html"
        write_whole(out, b"old")
        write_whole(out, b"new")
        assert out.read_bytes() == b"new"
        with pytest.raises(ValueError, match="cannot be written"):
            write_whole(tmp_path / "no" / "x.md", b"new")
        assert [p.name for p in tmp_path.iterdir()] == ["preview.html"]
