"""The sentiment index and how broad the market is."""
