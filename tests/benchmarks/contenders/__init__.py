"""Those that unichannel is measured against: each takes people through W's transitions as honestly as it can."""
