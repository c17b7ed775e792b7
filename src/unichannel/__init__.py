"""unichannel: customer journeys across every channel as one adaptive conversation, inside your application."""
