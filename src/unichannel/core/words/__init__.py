"""The words everything else is said in: channels, categories, addresses, events, ids, traces."""
