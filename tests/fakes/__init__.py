"""The outside world, written by hand: servers that speak the real protocols and fail in every way on command."""
