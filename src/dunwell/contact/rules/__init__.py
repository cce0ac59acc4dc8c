"""What the law means: one module per group of rules, and the judge that asks them all. Pure."""

from dunwell.contact.rules.judgement import judge, refused_without_pack

__all__ = ["judge", "refused_without_pack"]
