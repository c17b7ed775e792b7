"""What journeys are written with: steps, triggers, the journey itself."""
