"""Messages to borrowers and what comes back: the outbox, templates, providers, delivery reports, replies.

Words: a *message* is planned once per dedupe key; an *attempt* is one hand-over of it to a provider, made under
an allowing verdict; an *outcome* is what the provider answered or reported. An outcome nobody knows is *unknown*:
it counts as a contact, is never resent, and waits for a report or a person.
Tables owned: messages, message_attempts, message_outcomes, provider_events, channel_states, sandbox_messages,
sandbox_faults.
"""
