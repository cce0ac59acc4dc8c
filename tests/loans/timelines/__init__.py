"""Loan lives from a timeline file, told to `live` and compared with what the file expects."""
