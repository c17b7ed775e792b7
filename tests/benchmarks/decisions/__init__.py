"""Decisions: which channel Adaptive chooses in simulated bases whose tastes are known, beside other ways to choose."""
