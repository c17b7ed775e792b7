"""Analytics: what deliveries tell, afterwards. It reads them, and asks no engine."""
