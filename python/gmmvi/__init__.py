"""What gmmvi runs in Python: gmmvi.worker evaluates a user's function."""
