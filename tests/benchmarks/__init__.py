"""Benchmarks: run by hand, never by the tests. See ``python -m tests.benchmarks --help``."""
