"""Two o'clock in the morning in Shanghai, nothing planned, due or open, and people who are reached by e-mail."""

from tests.strategy.conftest import acme_http, anybody, app, birch_http, operator_http, tokens, two_o_clock

__all__ = ["acme_http", "anybody", "app", "birch_http", "operator_http", "tokens", "two_o_clock"]
