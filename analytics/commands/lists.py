"""``python -m analytics lists show|refresh``: the dated lists, their age, and newer ones.

Without an option ``refresh`` ranks the ten largest by the source's market values; with
``--holdings`` it reads a fund's holdings file, with ``--list`` and ``--file`` an operator's own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from analytics.assembly import open_desk
from analytics.desk.list_refresh import (
    NewLists,
    from_holdings,
    from_market_values,
    known_symbols,
    spelled_symbols,
)
from analytics.desk.lists import KINDS, read_list, write_list
from analytics.model.baskets import default_basket
from analytics.model.dated_lists import DatedList, folder, problems, use_folder
from analytics.model.dates import day_text
from analytics.model.fund_holdings import read_fund_holdings
from analytics.model.listings import (
    index_weights,
    known_universe,
    members_list,
    ten_largest_list,
)
from analytics.model.parsing import parse_date
from analytics.model.receipts import whole_receipts_list
from analytics.model.sessions import NEW_YORK
from analytics.model.universes import universe_names
from analytics.model.vocabulary import BadInput, NotAvailable
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from analytics.studies.calendar.release_lists import calendar_lists


@dataclass(frozen=True)
class Standing:
    """One list as it stands today.

    Attributes:
        name: as ``--list`` takes it.
        age: what figures say of it; empty within its life.
        refreshed: the operator's file is in use.
    """

    name: str
    title: str
    dated: dt.date
    age: str
    source: str
    refreshed: bool


def run(words: Sequence[str], say: Callable[[str], None] = print) -> int:
    """Do what the words ask; 0 when done.

    Raises:
        BadInput: one sentence: what is wrong, and what is accepted.
        NotAvailable: the source has no market values.
        SourceFailure: the source could not be asked.
    """
    options = _parser().parse_args(list(words))
    settings = load_settings(_settings_words(options))
    use_folder(settings.lists_folder)
    today = dt.datetime.now(dt.UTC).astimezone(NEW_YORK).date()
    if options.act == "show":
        _show(today, options.json, say)
        return 0
    if options.file or options.list:
        made = _from_file(options, today)
    elif options.holdings:
        made = _from_holdings(options, today)
    else:
        made = _from_source(settings)
    for name, rows in made.rows.items():
        path = write_list(settings.lists_folder, KINDS[name], rows)
        say(f"{name}: {len(rows)} {'row' if len(rows) == 1 else 'rows'} written to {path}")
    for note in made.notes:
        say(note)
    _say_what_stays(made, today, say)
    return 0


def _say_what_stays(made: NewLists, today: dt.date, say: Callable[[str], None]) -> None:
    """A list older than the one in use is kept for its own days and changes nothing today."""
    columns = {"ten-largest": "valid_from", "members": "valid_from", "weights": "as_of"}
    for one in standings(today):
        rows = made.rows.get(one.name)
        if rows and one.name in columns:
            newest = max(dt.date.fromisoformat(row[columns[one.name]]) for row in rows)
            if newest < one.dated:
                say(f"{one.name}: the list of {day_text(one.dated)} is newer and stays in use.")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message}; --help lists what is accepted.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m analytics lists", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True, metavar="show|refresh")
    show = acts.add_parser("show", help="every list with its date, age and source")
    show.add_argument("--json", action="store_true", help="print JSON")
    refresh = acts.add_parser("refresh", help="write newer lists into HOLDLINE_HOME/lists")
    refresh.add_argument("--holdings", metavar="CSV", help="holdings of a fund on the S&P 500")
    refresh.add_argument("--date", metavar="DATE", help="the day the holdings are of")
    refresh.add_argument("--list", metavar="NAME", choices=list(KINDS), help=", ".join(KINDS))
    refresh.add_argument("--file", metavar="CSV", help="rows of that list, as it ships")
    refresh.add_argument("--source", metavar="NAME", help="whose market values: yahoo or files")
    refresh.add_argument("--data", metavar="DIR", help="folder of the files source")
    return parser


def _settings_words(options: argparse.Namespace) -> list[str]:
    given = vars(options)
    return [
        word
        for name in ("source", "data")
        if given.get(name)
        for word in (f"--{name}", given[name])
    ]


def _from_file(options: argparse.Namespace, today: dt.date) -> NewLists:
    if not (options.file and options.list):
        raise BadInput("--list NAME and --file CSV belong together.")
    return NewLists({options.list: read_list(KINDS[options.list], _text(options.file), today)}, ())


def _from_holdings(options: argparse.Namespace, today: dt.date) -> NewLists:
    read = read_fund_holdings(_text(options.holdings), spelled_symbols(today))
    given = parse_date("--date", options.date) if options.date else None
    return from_holdings(read, today, Path(options.holdings).name, given)


def _from_source(settings: Settings) -> NewLists:
    desk = open_desk(settings)
    try:
        source = desk.source
        if source.capabilities.simulated or not source.capabilities.market_values:
            raise NotAvailable(
                f"{source.name} has no market values: --holdings or --file gives a list."
            )
        dated = desk.moment().session
        values = source.market_values(known_symbols(dated))
        return from_market_values(values, dated, source.name, dated)
    finally:
        desk.close()


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is no text: save the file as CSV (UTF-8).") from None
    except OSError as error:
        raise BadInput(f"{name} cannot be read ({error.strerror}).") from error


def standings(today: dt.date) -> tuple[Standing, ...]:
    """Every list that figures rest on, as it stands today."""
    fed, releases = calendar_lists()
    lists: list[tuple[str, DatedList]] = [
        ("ten-largest", ten_largest_list(today)),
        ("members", members_list(today)),
        *(("universes", known_universe(name).dated(today)) for name in universe_names()),
        ("weights", index_weights("company", today).dated),
        *(
            ("baskets", one)
            for side in ("first", "second")
            for one in default_basket(side, today).dated
        ),
        ("receipts", whole_receipts_list()),
        ("fed-meetings", fed),
        ("releases", releases),
    ]
    own = folder()
    return tuple(
        Standing(
            name,
            one.title,
            one.dated,
            one.age_note(today),
            one.source,
            bool(own and (own / KINDS[name].file).exists()),
        )
        for name, one in lists
    )


def _show(today: dt.date, as_json: bool, say: Callable[[str], None]) -> None:
    found = standings(today)
    if as_json:
        rows: list[dict[str, Any]] = [vars(one) | {"dated": one.dated.isoformat()} for one in found]
        say(json.dumps({"lists": rows, "problems": problems(), "folder": str(folder())}))
        return
    for one in found:
        age = one.age or f"of {day_text(one.dated)}"
        say(f"{one.name:13} {one.title}: {age}{' (refreshed)' if one.refreshed else ''}")
        say(f"{'':13} {one.source}")
    for problem in problems():
        say(problem)
