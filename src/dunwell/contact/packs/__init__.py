"""Rule packs and the lexicon: data, read through `importlib.resources` by `contact.settings`."""
