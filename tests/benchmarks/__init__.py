"""Benchmarks: run by hand; tests ask only whether they run. See ``python -m tests.benchmarks --help``."""
