"""Yahoo Finance, fetched by yfinance."""
