"""Published cases, read into our words."""
