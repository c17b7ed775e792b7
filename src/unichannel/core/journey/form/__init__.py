"""How journeys are written down: the stored form, the file form, and the schemas of both."""
