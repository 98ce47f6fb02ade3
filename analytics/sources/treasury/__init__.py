"""The US Treasury's daily rates: bills and the par yield curve."""
