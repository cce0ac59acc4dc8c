"""What a message says: read through its disguises, and judged by words, sounds, ideas and learned likeness.

Use: `check(Message(text, lang, channel, recipient, stage, facts)) -> Checked` (label, classes, found, hits). It is
pure and keeps nothing. For templates, free text before sending, and transcripts and notes when they arrive
(`stage="inbound"` for what the other side said: looks for distress, not for breaches of ours).
"""

from dunwell.contact.content.checking import check, undoubted
from dunwell.contact.content.messages import Checked, Hit, Label, Means, Message

__all__ = ["Checked", "Hit", "Label", "Means", "Message", "check", "undoubted"]
