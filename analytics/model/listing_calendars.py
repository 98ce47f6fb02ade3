"""Trading calendars of listings: by exchange, by symbol, or failing these by time zone."""

from __future__ import annotations

import datetime as dt

from analytics.model.calendars import (
    AROUND_THE_CLOCK,
    CURRENCIES,
    FUTURES,
    NYSE,
    ListingCalendar,
    Minutes,
    calendar_named,
    week_code,
)

BY_EXCHANGE = {
    code: calendar
    for calendar, listed in {
        NYSE: "NMS NGM NCM NAS NIM NYQ NYS PCX ASE NAE BTS CXI PNK OQB OQX OEM OPR YHD SNP DJI WCB",
        "US-BONDS": "CGI",
        FUTURES: "CME CBT CMX NYM NYB",
        CURRENCIES: "CCY",
        AROUND_THE_CLOCK: "CCC",
        "XTSE": "TOR VAN CNQ NEO",
        "XMEX": "MEX",
        "BVMF": "SAO",
        "XBUE": "BUE",
        "XSGO": "SGO",
        "XLON": "LSE IOB AQS CXE FGI",
        "XDUB": "ISE",
        "XETR": "GER EUX",
        "XFRA": "FRA HAM DUS BER STU MUN HAN",
        "XPAR": "PAR ENX ZRH",
        "XAMS": "AMS DXE",
        "XBRU": "BRU",
        "XLIS": "LIS",
        "XMIL": "MIL MDD TLO",
        "XMAD": "MCE MAD",
        "XSWX": "EBS",
        "XWBO": "VIE",
        "XOSL": "OSL",
        "XSTO": "STO",
        "XCSE": "CPH",
        "XHEL": "HEL",
        "XICE": "ICE",
        "XTAL": "TAL",
        "XRIS": "RIS",
        "XLIT": "LIT",
        "XWAR": "WSE",
        "XPRA": "PRA",
        "XBUD": "BUD",
        "XIST": "IST",
        "XJSE": "JNB",
        "XSAU": "SAU",
        "XKAR": "KAR",
        "XBOM": "BSE NSI",
        "XTKS": "JPX OSA FKA SAP TYO",
        "XHKG": "HKG",
        "XSHG": "SHH SHZ",
        "XTAI": "TAI TWO",
        "XKRX": "KSC KOE",
        "XSES": "SES",
        "XIDX": "JKT",
        "XKLS": "KLS",
        "XBKK": "SET",
        "XPHS": "PHS PHP",
        "XASX": "ASX CXA",
        "XNZE": "NZE",
    }.items()
    for code in listed.split()
}
"""Yahoo's exchange codes."""

BY_SUFFIX = {
    suffix: calendar
    for calendar, listed in {
        FUTURES: "NYB",
        "XTSE": "TO V CN NE",
        "XMEX": "MX",
        "BVMF": "SA",
        "XBUE": "BA",
        "XSGO": "SN",
        "XLON": "L IL AQ XC",
        "XDUB": "IR",
        "XETR": "DE",
        "XFRA": "F HM DU BE SG MU HA",
        "XPAR": "PA NX",
        "XAMS": "AS",
        "XBRU": "BR",
        "XLIS": "LS",
        "XMIL": "MI TI",
        "XMAD": "MC",
        "XSWX": "SW",
        "XWBO": "VI",
        "XOSL": "OL",
        "XSTO": "ST",
        "XCSE": "CO",
        "XHEL": "HE",
        "XICE": "IC",
        "XTAL": "TL",
        "XRIS": "RG",
        "XLIT": "VS",
        "XWAR": "WA",
        "XPRA": "PR",
        "XBUD": "BD",
        "XIST": "IS",
        "XJSE": "JO",
        "XSAU": "SR SAU",
        "XKAR": "KA",
        "XBOM": "BO NS",
        "XTKS": "T",
        "XHKG": "HK",
        "XSHG": "SS SZ",
        "XTAI": "TW TWO",
        "XKRX": "KS KQ",
        "XSES": "SI",
        "XIDX": "JK",
        "XKLS": "KL",
        "XBKK": "BK",
        "XPHS": "PS",
        "XASX": "AX XA",
        "XNZE": "NZ",
    }.items()
    for suffix in listed.split()
}
"""Yahoo's symbol suffixes."""

BY_INDEX = {
    name: calendar
    for calendar, listed in {
        "US-BONDS": "TNX IRX FVX TYX",
        "XTSE": "GSPTSE",
        "XMEX": "MXX",
        "BVMF": "BVSP",
        "XBUE": "MERV",
        "XLON": "FTSE FTMC FTAS FTLC",
        "XETR": "GDAXI MDAXI SDAXI TECDAX",
        "XPAR": "FCHI STOXX50E STOXX SBF120 N100",
        "XAMS": "AEX AMX",
        "XBRU": "BFX",
        "XMAD": "IBEX",
        "XSWX": "SSMI",
        "XWBO": "ATX",
        "XOSL": "OSEAX OBX",
        "XSTO": "OMX OMXS30 OMXSPI",
        "XCSE": "OMXC25 OMXC20",
        "XHEL": "OMXH25",
        "XBOM": "BSESN NSEI NSEBANK",
        "XTKS": "N225 N300 TOPX",
        "XHKG": "HSI HSCE HSTECH",
        "XTAI": "TWII",
        "XKRX": "KS11 KS200 KQ11",
        "XSES": "STI",
        "XIDX": "JKSE",
        "XKLS": "KLSE",
        "XASX": "AXJO AORD",
        "XNZE": "NZ50",
    }.items()
    for name in listed.split()
}
"""Yahoo's indices by their name after the caret; those not listed are New York's."""

BY_ZONE = {
    zone: calendar
    for calendar, listed in {
        NYSE: "America/New_York",
        "XTSE": "America/Toronto",
        "XMEX": "America/Mexico_City",
        "BVMF": "America/Sao_Paulo",
        "XBUE": "America/Buenos_Aires America/Argentina/Buenos_Aires",
        "XSGO": "America/Santiago",
        "XLON": "Europe/London",
        "XDUB": "Europe/Dublin",
        "XETR": "Europe/Berlin",
        "XPAR": "Europe/Paris",
        "XAMS": "Europe/Amsterdam",
        "XBRU": "Europe/Brussels",
        "XLIS": "Europe/Lisbon",
        "XMIL": "Europe/Rome",
        "XMAD": "Europe/Madrid",
        "XSWX": "Europe/Zurich",
        "XWBO": "Europe/Vienna",
        "XOSL": "Europe/Oslo",
        "XSTO": "Europe/Stockholm",
        "XCSE": "Europe/Copenhagen",
        "XHEL": "Europe/Helsinki",
        "XICE": "Atlantic/Reykjavik",
        "XTAL": "Europe/Tallinn",
        "XRIS": "Europe/Riga",
        "XLIT": "Europe/Vilnius",
        "XWAR": "Europe/Warsaw",
        "XPRA": "Europe/Prague",
        "XBUD": "Europe/Budapest",
        "XIST": "Europe/Istanbul Asia/Istanbul",
        "XJSE": "Africa/Johannesburg",
        "XSAU": "Asia/Riyadh",
        "XKAR": "Asia/Karachi",
        "XBOM": "Asia/Kolkata Asia/Calcutta",
        "XTKS": "Asia/Tokyo",
        "XHKG": "Asia/Hong_Kong",
        "XSHG": "Asia/Shanghai",
        "XTAI": "Asia/Taipei",
        "XKRX": "Asia/Seoul",
        "XSES": "Asia/Singapore",
        "XIDX": "Asia/Jakarta",
        "XKLS": "Asia/Kuala_Lumpur",
        "XBKK": "Asia/Bangkok",
        "XPHS": "Asia/Manila",
        "XASX": "Australia/Sydney",
        "XNZE": "Pacific/Auckland",
        AROUND_THE_CLOCK: "UTC",
    }.items()
    for zone in listed.split()
}

SUNDAY_TO_THURSDAY = "1111001"
_WEEKS = {
    "TLV": ("Asia/Jerusalem", (9 * 60 + 45, 17 * 60 + 25), "1111101"),
    "CAI": ("Africa/Cairo", (10 * 60, 14 * 60 + 30), SUNDAY_TO_THURSDAY),
    "DOH": ("Asia/Qatar", (9 * 60 + 30, 13 * 60 + 15), SUNDAY_TO_THURSDAY),
    "KUW": ("Asia/Kuwait", (9 * 60, 12 * 60 + 45), SUNDAY_TO_THURSDAY),
    "ATH": ("Europe/Athens", (10 * 60, 17 * 60 + 20), "1111100"),
    "DFM": ("Asia/Dubai", (10 * 60, 15 * 60), "1111101"),
}
"""Exchanges without a table of holidays: zone, hours, and the days on which they may trade."""

_WEEK_OF_SUFFIX = {"TA": "TLV", "CA": "CAI", "QA": "DOH", "KW": "KUW", "AT": "ATH", "AE": "DFM"}
CRYPTO_QUOTES = ("USD", "EUR", "GBP", "JPY", "CAD", "AUD", "KRW", "INR", "BTC", "ETH", "USDT")


def calendar_of(
    symbol: str, exchange: str = "", timezone: str = "", hours: Minutes | None = None
) -> ListingCalendar:
    """The trading calendar of a listing.

    Args:
        symbol: as Yahoo writes it: ``VOD.L``, ``^N225``, ``BTC-USD``, ``EURUSD=X``, ``ES=F``.
        exchange: Yahoo's code of its exchange (``NMS``, ``LSE``, ...), where the source says it.
        timezone: of its exchange, where the source says it.
        hours: its trading hours where the source says them; used for an exchange that has no
            table: its weekdays then, none of which is known to be a session.
    """
    code = _code_of(symbol, exchange, timezone)
    if code is not None:
        return calendar_named(code)
    return calendar_named(week_code(timezone, hours or (9 * 60, 17 * 60)))


def close_of(symbol: str, session: dt.date) -> dt.datetime:
    """UTC time of a session's close by the calendar that the symbol alone tells, else New York's.

    Raises:
        BadInput: neither calendar has such a session.
    """
    listing = calendar_of(symbol)
    return (listing if listing.is_session(session) else calendar_named(NYSE)).close(session)


def _code_of(symbol: str, exchange: str, timezone: str) -> str | None:
    """The calendar's code; None where nothing but an unknown time zone is known.

    An exchange code or a suffix that contradicts the stated time zone is not believed.
    """
    for code in (BY_EXCHANGE.get(exchange), _week_of(exchange)):
        if code is not None and _agrees(code, timezone):
            return code
    code = _code_of_kind(symbol)
    if code is not None:
        return code
    suffix = symbol.rpartition(".")[2] if "." in symbol else ""
    for code in (BY_SUFFIX.get(suffix), _week_of(_WEEK_OF_SUFFIX.get(suffix, ""))):
        if code is not None and _agrees(code, timezone):
            return code
    return BY_ZONE.get(timezone) if timezone else NYSE


def _agrees(code: str, timezone: str) -> bool:
    zone = calendar_named(code).zone.key
    return timezone in ("", zone) or (zone in BY_ZONE and BY_ZONE[zone] == BY_ZONE.get(timezone))


def _code_of_kind(symbol: str) -> str | None:
    """By the form of an index, a future, a currency or a coin; None for a share."""
    if symbol.startswith("^"):
        return BY_INDEX.get(symbol[1:])
    if symbol.endswith("=F"):
        return FUTURES
    if symbol.endswith("=X"):
        return CURRENCIES
    name, dash, quoted = symbol.rpartition("-")
    return AROUND_THE_CLOCK if dash and name and quoted in CRYPTO_QUOTES else None


def _week_of(exchange: str) -> str | None:
    if exchange not in _WEEKS:
        return None
    zone, hours, weekdays = _WEEKS[exchange]
    return week_code(zone, hours, weekdays)
