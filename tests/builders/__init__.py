"""Test data that reads as a sentence: one module per area, sensible by default, ids on request."""
