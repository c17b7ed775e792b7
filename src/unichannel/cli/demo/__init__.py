"""The demo: the reference journey for 500 people, in virtual time, on real parts."""
