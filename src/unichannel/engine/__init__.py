"""The faces: Engine and AsyncEngine, and what answers a flow's operations."""
