"""How journeys are shown to people: an outline, a diagram, what changed between two versions."""
