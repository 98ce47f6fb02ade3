"""A stand-in for Yahoo on 127.0.0.1, so that tests go through the real yfinance."""
