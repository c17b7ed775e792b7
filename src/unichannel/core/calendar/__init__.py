"""Spans, zones and windows: the calendar as people live it."""
