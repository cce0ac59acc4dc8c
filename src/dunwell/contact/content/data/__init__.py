"""Tables of the content check: characters, sounds, ideas and learned weights."""
