"""The disposable store of answers and inputs, safe to read and to lose."""
