"""The pure core: values and rules. No I/O, no clock, no chance, no logging."""
