"""Shared parts of the tests: builders, small inputs, a loopback Yahoo, servers, waiting."""
