"""Group drawdown, sentiment and what stayed afloat, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analytics.model.question import Answer
from analytics.model.vocabulary import Phase
from analytics.preview.model import Answers, Section, Sentence
from analytics.preview.writing import Cite, Draft, listed, names, say, section, words
from analytics.studies.sectors.afloat import Afloat, AfloatRow
from analytics.studies.sectors.group_drawdown import GroupDrawdown, MemberDistance
from analytics.studies.sentiment.index import Sentiment, SentimentPart

LEADERS = 4
UNCHANGED_PCT = 0.005
WEEK_SESSIONS = 5


def drawdown_section(answers: Answers) -> Section | None:
    """How far the group would fall to its moving average."""
    answer = answers.drawdown
    if answer is None or answer.result is None:
        return None
    return section("drawdown", "Group drawdown", _drawdown(answer.result, answer), answer)


def _drawdown(result: GroupDrawdown, answer: Answer[GroupDrawdown]) -> Iterator[Sentence | None]:
    cite = Cite(answer, "/sectors")
    chosen = result.n + len(result.already_below)
    left_out = f" without {names([one.symbol for one in result.excluded])}"
    absent = f" ({result.coverage})" if result.coverage else ""
    group = f"The ten largest companies{left_out if result.excluded else ''}{absent}"
    if result.mean_pct is None and chosen:
        yield words(f"{group}: none is above its {result.level} any more.")
    yield say(
        f"{group} would fall ",
        cite.size(result.mean_pct, "group-drawdown"),
        f" on average to their {result.level}: the mean of the ",
        cite.number(result.n, "group-drawdown", "count", 0),
        *_of_chosen(result.n, chosen, cite),
    )
    if result.n > 1:
        far, near = result.members[0], result.members[-1]
        yield say(
            f"{near.symbol} stands nearest to it (",
            cite.pct(near.distance_pct, "dma-drawdown"),
            f"), {far.symbol} farthest above (",
            cite.pct(far.distance_pct, "dma-drawdown"),
            ").",
        )
    yield _below(result.already_below, f"already below {{}} {result.level} and left out", cite)
    chosen_out = [one for one in result.excluded if one.distance_pct > 0]
    yield _below(chosen_out, f"below {{}} {result.level} already", cite)


def _of_chosen(n: int, chosen: int, cite: Cite) -> list[Draft]:
    if n == chosen:
        return [" above it."]
    return [" of ", cite.number(chosen, "group-drawdown", "count", 0), " that are above it."]


def _below(members: Sequence[MemberDistance], what: str, cite: Cite) -> Sentence | None:
    """``AAPL is below its 50-DMA already (+7.35% to it).``"""
    if not members:
        return None
    verb, whose = ("is", "its") if len(members) == 1 else ("are", "their")
    distances = listed((cite.pct(one.distance_pct, "dma-drawdown"),) for one in members)
    who = names([one.symbol for one in members])
    return say(f"{who} {verb} {what.format(whose)} (", *distances, " to it).")


def sentiment_section(answers: Answers) -> Section | None:
    """Where the sentiment index stands, or why there is none."""
    answer = answers.sentiment
    if answer is None or answer.result is None:
        return None
    return section("sentiment", "Sentiment", _sentiment(answer.result, answer), answer)


def _sentiment(result: Sentiment, answer: Answer[Sentiment]) -> Iterator[Sentence | None]:
    cite = Cite(answer, "/sentiment")
    value = cite.number(result.value, "sentiment-index", "0-100", 0)
    if value is None:
        yield words(f"There is no sentiment index: {result.reason or 'it has no value'}.")
        return
    yield say(
        "The sentiment index stands at ",
        value,
        " of 100",
        *_against_week(result, cite),
        " (",
        cite.number(result.parts_used, "sentiment-index", "count", 0),
        " of ",
        cite.number(result.parts_total, "sentiment-index", "count", 0),
        " parts).",
    )
    ranked = sorted(
        (part for part in result.parts if part.percentile is not None),
        key=lambda part: (part.percentile or 0.0, part.key),
    )
    if len(ranked) > 1:
        lowest, highest = ranked[0], ranked[-1]
        yield say(
            *_part("Most bearish is ", lowest, cite), "; ", *_part("most bullish ", highest, cite),
            ".",
        )  # fmt: skip


def _against_week(result: Sentiment, cite: Cite) -> list[Draft]:
    """``, down from 78 five sessions earlier``; empty where the index did not exist then."""
    earlier = result.history.values[:-WEEK_SESSIONS]
    before = earlier[-1] if earlier else None
    if before is None or result.value is None:
        return []
    was = cite.number(before, "sentiment-index", "0-100", 0)
    if was is None:
        return []
    if round(before) == round(result.value):
        return [", as five sessions earlier"]
    direction = "up" if result.value > before else "down"
    return [f", {direction} from ", was, " five sessions earlier"]


def _part(opening: str, part: SentimentPart, cite: Cite) -> list[Draft]:
    percentile = cite.number(part.percentile, "sentiment-index", "percentile", 0)
    return [f"{opening}{part.name} (percentile ", percentile, ")"]


def afloat_section(answers: Answers) -> Section | None:
    """Who did best against what beta explains; on an up day, with the last down day beside."""
    answer = answers.afloat
    if answer is None or answer.result is None or not answer.result.ranking:
        return None
    running = answers.moment.phase is Phase.OPEN
    title = "What stayed afloat" if answer.result.benchmark_return_pct < 0 else "Who led"
    if running:
        title = title.replace("stayed", "stays").replace("led", "leads")
    return section("afloat", title, _afloat(answer.result, answer, running), answer)


def _benchmark_move(result: Afloat, cite: Cite, running: bool) -> list[Draft]:
    """``While SPY fell 1.41%, best against their beta were``: what the ranking is set against."""
    move = result.benchmark_return_pct
    size = cite.size(move, "traded-close")
    if abs(move) < UNCHANGED_PCT:
        return [f"{result.benchmark} is unchanged; furthest ahead of their beta "]
    if move < 0:
        verb = "is down" if running else "fell"
        return [f"While {result.benchmark} {verb} ", size, ", best against their beta "]
    verb = "is up" if running else "gained"
    return [f"{result.benchmark} {verb} ", size, "; furthest ahead of their beta "]


def _afloat(result: Afloat, answer: Answer[Afloat], running: bool) -> Iterator[Sentence | None]:
    cite = Cite(answer, "/sectors")
    down = result.benchmark_return_pct < 0
    leaders = _leaders(result.ranking, cite)
    verb = "are " if running else "were "
    if leaders:
        yield say(*_benchmark_move(result, cite, running), verb, *leaders, ".")
    by_return = sorted(result.ranking, key=lambda row: (-row.return_pct, row.symbol))
    risen = [row for row in by_return if row.return_pct > 0][:LEADERS]
    if down and risen:
        gains = listed((f"{row.symbol} ", cite.pct(row.return_pct, "afloat")) for row in risen)
        yield say(f"By return alone the best {verb}", *gains, ".")
    elif down:
        yield words("Not one of the members is up.")
    worst = result.ranking[-1]
    if len(result.ranking) > LEADERS:
        yield say(
            f"At the other end {'stands' if running else 'stood'} {worst.symbol} ",
            *_with_z(worst, cite),
            ".",
        )
    if result.last_down is not None:
        last = result.last_down
        yield say(
            f"On {result.benchmark}'s last session down, ",
            cite.day(last.session, "session"),
            " (",
            cite.pct(last.benchmark_return_pct, "traded-close"),
            "), the best were ",
            *_leaders(last.ranking, cite),
            "." if last.ranking else None,
        )


def _leaders(rows: Sequence[AfloatRow], cite: Cite) -> list[Draft]:
    return [*listed([f"{row.symbol} ", *_with_z(row, cite)] for row in rows[:LEADERS])]


def _with_z(row: AfloatRow, cite: Cite) -> list[Draft]:
    z = cite.number(row.residual_z, "afloat", "z", 2, sign=True)
    return ["(", cite.pct(row.return_pct, "afloat"), ", z ", z, ")"]
