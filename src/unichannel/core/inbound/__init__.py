"""What people write back: opt-out words, and later routing and conversations."""
