"""Drafting, checking, publishing and files: what is refused is refused in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from analytics.alerts.model import LOCAL
from analytics.desk.desk import Desk
from analytics.desk.portfolio_editor import Editor
from analytics.model.portfolio_changes import Kind, said
from analytics.model.sessions import session_close
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.portfolio.csv_text import read_csv, write_csv
from analytics.portfolio.question import PORTFOLIO_QUESTION, PortfolioParameters
from analytics.portfolio.view import PortfolioView
from tests.support.builders import FRIDAY, MONDAY, Clock, FakeSource, make_desk, make_frame
from tests.support.small_portfolios import buy, day, deposit, weights

THURSDAY = dt.date(2025, 1, 23)


def frames() -> dict[str, object]:
    rising = [100.0 + i for i in range(150)]
    return {s: make_frame(rising, last=MONDAY) for s in ("SPY", "AAA", "BBB")}


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = make_desk(FakeSource(frames(), Clock(session_close(MONDAY))))  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def editor(desk: Desk) -> Editor:
    return Editor(desk)


def raw(kind: str, on: dt.date = FRIDAY, **what: object) -> dict[str, object]:
    return {"kind": kind, "effective": on.isoformat(), "reason": "because", **what}


def publish(editor: Editor, *changes: dict[str, object]) -> None:
    for one in changes:
        draft = editor.save(one)
        editor.publish(draft.id, len(editor.published()))


def view(desk: Desk, as_of: dt.date | None = None) -> PortfolioView:
    answer = desk.ask(PORTFOLIO_QUESTION, PortfolioParameters(), as_of)
    assert answer.result is not None, answer.reason
    return answer.result


PAID = raw("deposit", THURSDAY, amount="10000")
BOUGHT = raw("buy", THURSDAY, symbol="aaa", shares="20")


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (raw("sell", symbol="AAA", shares=21), "21 AAA cannot be sold: 20 would be held then"),
            (raw("sell", symbol="BBB", shares=1), "1 BBB cannot be sold: none would be held"),
            (raw("buy", symbol="BBB", shares=1000), "the cash is \\$5,0"),
            (raw("withdraw", amount=9_999), "cannot be paid out: the cash is"),
            (raw("buy", symbol="ZZZZ", shares=1), "ZZZZ"),
            (raw("buy", symbol="<b>", shares=1), "is not a symbol"),
            (raw("buy", shares=1), "symbol is missing"),
            (raw("buy", symbol="AAA", shares=-1), "a number above 0"),
            (raw("buy", symbol="AAA", shares="nan"), "a number above 0"),
            (raw("buy", symbol="AAA", shares=True), "a number above 0"),
            (raw("hold", dt.date(2025, 1, 25)), "is not a session"),
            (raw("hold", dt.date(2025, 1, 9)), "is not a session"),
            (raw("hold", dt.date(2026, 1, 5)), "more than 20 sessions ahead"),
            (raw("hold", dt.date(2025, 1, 22)), "is not rewritten, a correction is a new change"),
            (raw("hold") | {"effective": "yesterday"}, "a date such as"),
            (raw("hold") | {"reason": " "}, "needs its reason"),
            (raw("hold") | {"reason": "x" * 1001}, "at most 1000"),
            (raw("hold") | {"reason": "a\x00b"}, "control characters"),
            (raw("short"), "accepted are buy, sell"),
            (raw("weights", weights="AAA 60, BBB 50"), "add up to 110%"),
            (raw("weights", weights="AAA 60, AAA 10"), "names AAA twice"),
            (raw("weights", weights="AAA"), "pairs such as"),
            (raw("weights"), "weights names nothing"),
        ],
    )
    def test_each_is_one_sentence(
        self, editor: Editor, change: dict[str, object], sentence: str
    ) -> None:
        publish(editor, PAID, BOUGHT)
        with pytest.raises(HoldlineError, match=sentence):
            editor.save(change)
        assert editor.drafts() == ()

    def test_there_must_be_something_to_invest(self, editor: Editor) -> None:
        with pytest.raises(BadInput, match="a deposit comes first"):
            editor.save(raw("weights", weights="AAA 50"))

    def test_a_draft_that_no_longer_fits_is_not_published(self, editor: Editor) -> None:
        publish(editor, PAID, BOUGHT)
        early = editor.save(raw("hold", THURSDAY))
        publish(editor, raw("hold", FRIDAY))
        with pytest.raises(BadInput, match="is not rewritten"):
            editor.publish(early.id, 3)


class TestDrafts:
    def test_they_are_nowhere_but_on_the_desk_of_staff(self, desk: Desk, editor: Editor) -> None:
        publish(editor, PAID)
        before = desk.ask(PORTFOLIO_QUESTION, PortfolioParameters())
        secret = editor.save(BOUGHT | {"reason": "the secret reason"})
        after = desk.ask(PORTFOLIO_QUESTION, PortfolioParameters())
        assert after.version == before.version
        public = after.to_json().decode() + editor.export()
        public += str(desk.records.notices.latest(LOCAL))
        assert "secret reason" not in public
        assert secret.id not in public
        assert editor.drafts() == (secret,)

    def test_they_build_on_each_other(self, editor: Editor) -> None:
        editor.save(PAID)
        assert said(editor.save(BOUGHT)) == "Buy 20 AAA"

    def test_a_preview_keeps_nothing(self, editor: Editor) -> None:
        publish(editor, PAID)
        effect = editor.preview(BOUGHT)
        assert (len(effect.before.holdings), len(effect.after.holdings)) == (0, 1)
        assert effect.after.holdings[0].symbol == "AAA"
        assert editor.drafts() == ()


class TestPublishing:
    def test_every_subscriber_is_told_once(self, desk: Desk, editor: Editor) -> None:
        publish(editor, PAID)
        hold = editor.save(raw("hold") | {"reason": "The 50-DMA holds."})
        first = editor.publish(hold.id, 1)
        assert editor.publish(hold.id, 1) == first  # a retried publishing
        delivered = desk.records.notices.latest(LOCAL)
        assert [n.message.title for n in delivered] == [
            "Model portfolio: hold allocations",
            "Model portfolio: deposit $10,000",
        ]
        assert delivered[0].message.kind == "trade"
        assert "The 50-DMA holds." in delivered[0].message.text
        assert delivered[0].message.link == "/portfolio#change-2"

    def test_as_of_a_past_date_only_what_was_published_by_then(
        self, desk: Desk, editor: Editor
    ) -> None:
        publish(editor, PAID, BOUGHT)  # on Monday, for Thursday
        assert view(desk, FRIDAY).changes == ()
        now = view(desk, MONDAY)
        assert [c.afterwards for c in now.changes] == [True, True]
        assert "entered afterwards" in now.notes[0]
        assert now.holdings[0].shares == 20

    def test_later_changes_and_bars_change_nothing_earlier(self) -> None:
        clock = Clock(session_close(FRIDAY))
        desk = make_desk(FakeSource(frames(), clock))  # type: ignore[arg-type]
        publish(Editor(desk), PAID, BOUGHT)
        then = msgspec.json.encode(view(desk, FRIDAY))
        clock.time = session_close(MONDAY)
        publish(Editor(desk), raw("sell", MONDAY, symbol="AAA", shares=20))
        assert msgspec.json.encode(view(desk, FRIDAY)) == then
        assert view(desk, MONDAY).holdings == ()
        desk.close()

    def test_history_is_published_quietly_and_only_first(self, desk: Desk, editor: Editor) -> None:
        editor.save(PAID)
        editor.save(BOUGHT)
        assert [c.number for c in editor.publish_history()] == [1, 2]
        assert desk.records.notices.latest(LOCAL) == ()
        editor.save(raw("hold"))
        with pytest.raises(BadInput, match="published already"):
            editor.publish_history()


class TestFiles:
    def test_out_and_in_again_is_the_same_portfolio(self, editor: Editor) -> None:
        publish(editor, PAID | {"reason": '=1+1, "quoted"\nnext line'}, BOUGHT)
        publish(editor, raw("weights", weights="AAA 33.3, BBB 20"))
        text = editor.export()
        again = make_desk(FakeSource(frames(), Clock(session_close(MONDAY))))  # type: ignore[arg-type]
        other = Editor(again)
        assert len(other.import_csv(text).drafts) == 3
        other.publish_history()
        bare = [line.rsplit(",", 1)[0] for line in text.splitlines()]
        assert [line.rsplit(",", 1)[0] for line in other.export().splitlines()] == bare
        again.close()

    def test_what_is_published_already_is_left_out(self, editor: Editor) -> None:
        publish(editor, PAID, BOUGHT)
        made = editor.import_csv(editor.export())
        assert (made.drafts, made.known) == ((), 2)

    @pytest.mark.parametrize("start", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "'quoted"])
    def test_no_cell_is_a_formula_and_all_come_back(self, start: str) -> None:
        change = deposit(5, day(0))
        text = write_csv([replace(change, reason=start)])
        assert f"'{start}" in text.replace('""', '"')
        (line,) = read_csv(text, ["0" * 32], day(4))
        assert line.change.reason == start

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "The file is empty"),
            ("effective,kind\n", "Column 'reason' is missing"),
            ("effective,kind,reason,colour\n", "Column 'colour' is not known"),
            ("effective,kind,reason,kind\n", "stands twice"),
            ("effective,kind,reason\n", "a heading and no change"),
            (
                "effective,kind,reason\n2025-01-24,hold,x\n2025-01-25,hold,x\n",
                "^Line 3: 2025-01-25",
            ),
            ("effective,kind,reason\n2025-01-24,hold,x,y\n", "^Line 2: it has 4 cells"),
            ("number,effective,kind,reason\n-1,2025-01-24,hold,x\n", "^Line 2: number is"),
            ('effective,kind,reason\n2025-01-24,hold,"x\n', "is not CSV"),
            ("effective,kind,reason\n" + "2025-01-24,hold,x\n" * 201, "at most 200"),
            (
                "effective,kind,reason,amount\n2025-01-24,withdraw,x,5\n",
                "^Line 2: .5 cannot be paid",
            ),
            ("effective,kind,reason\n" + "x" * 200_001, "larger than"),
        ],
    )
    def test_a_bad_line_is_named_and_nothing_is_kept(
        self, editor: Editor, text: str, sentence: str
    ) -> None:
        with pytest.raises(BadInput, match=sentence):
            editor.import_csv(text)
        assert editor.drafts() == ()


def test_what_a_change_says() -> None:
    assert said(deposit(1_000_000, day(0))) == "Deposit $1,000,000"
    assert said(buy("AAA", 12.5, day(0))) == "Buy 12.5 AAA"
    assert said(weights({"AAA": 60.0, "BBB": 15.5}, day(0))) == (
        "Set weights: AAA 60%, BBB 15.5%, cash 24.5%"
    )
    assert Kind("hold") is Kind.HOLD
