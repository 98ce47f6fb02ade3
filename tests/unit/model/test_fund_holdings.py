"""A fund's holdings file, as two issuers lay it out; what is no such file is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from analytics.model.fund_holdings import read_fund_holdings
from analytics.model.vocabulary import BadInput

SPDR = """Fund Name:,Example S&P 500 Trust
Ticker Symbol:,XSPY
Holdings:,As of 10-Apr-2026

Name,Ticker,Identifier,SEDOL,Weight,Sector,Shares Held,Local Currency
NVIDIA CORP,NVDA,1,2,60.5,-,"1,000",USD
BERKSHIRE HATHAWAY INC CL B,BRK.B,1,2,30.25,-,500,USD
US DOLLAR,-,1,2,0.29,-,10,USD
CONTRA HOLOGIC,2602335D,1,2,0.0,-,10,USD
BROWN FORMAN,BF.B,1,2,9.0,-,10,USD

Past performance is no guarantee,X,,,99,,
"""
ISHARES = """Example Core S&P 500 ETF
Fund Holdings as of,"Nov 26, 2026"
Inception Date,"May 15, 2000"
\xa0
Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Shares
"NVDA","NVIDIA CORP","Information Technology","Equity","1,000.00","60.50","10"
"BRKB","BERKSHIRE HATHAWAY INC CLASS B","Financials","Equity","1","39.20","10"
"XTSLA","BLK CSH FND","Cash and/or Derivatives","Money Market","1","0.20","10"
"ESZ6","S&P500 EMINI DEC 26","Cash and/or Derivatives","Futures","1","0.10","10"
"""
KNOWN = ("BRK-B", "BF-B", "NVDA")


def test_one_issuer_s_layout() -> None:
    read = read_fund_holdings(SPDR, KNOWN)
    assert read.dated == dt.date(2026, 4, 10)
    assert [(one.symbol, one.weight_pct, one.fund) for one in read.holdings] == [
        ("NVDA", 60.5, ""),
        ("BRK-B", 30.25, ""),
        ("BF-B", 9.0, ""),
    ]
    assert read.left_out == ("US DOLLAR", "CONTRA HOLOGIC")


def test_another_issuer_s_layout() -> None:
    read = read_fund_holdings(ISHARES, KNOWN)
    assert read.dated == dt.date(2026, 11, 26)
    assert [(one.symbol, one.fund) for one in read.holdings] == [("NVDA", "XLK"), ("BRK-B", "XLF")]
    assert read.left_out == ("BLK CSH FND", "S&P500 EMINI DEC 26")


def test_weights_as_fractions() -> None:
    read = read_fund_holdings("Ticker,Weight\nAAPL,0.6\nMSFT,0.4\n", ())
    assert [one.weight_pct for one in read.holdings] == pytest.approx([60, 40])
    assert read.dated is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no heading with the columns"),
        ("Name,Shares\nA,1\n", "no heading with the columns"),
        ("PK\x03\x04", "save it as CSV"),
        ("Ticker,Weight\n", "a heading and no holding"),
        ("Ticker,Weight\nAAPL,many\n", "Line 2: weight 'many'"),
        ("Ticker,Weight\nAAPL,-1\n", "Line 2: weight '-1'"),
        ("Ticker,Weight\nAAPL,nan\n", "Line 2: weight 'nan'"),
        ("Ticker,Weight\nAAPL,50\nAAPL,50\n", "Line 3: AAPL stands twice"),
        ("Ticker,Weight\nBRK.B,50\nBRKB,50\n", "BRK-B stands twice"),
        ("Ticker,Weight\nAAPL,50\nMSFT,20\n", "add up to 70.0"),
        ('Ticker,Weight\n"AAPL', "no holding|not CSV|weight"),
    ],
)
def test_what_is_no_holdings_file(text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        read_fund_holdings(text, KNOWN)
