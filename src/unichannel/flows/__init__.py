"""Flows: what the engine does, written once as generators that yield operations and get answers.

A flow does no I/O and reads no clock: a driver answers its operations, synchronously or not.
"""
