"""The model portfolio: dated, reasoned changes, and what they were worth."""
