"""The law over HTTP: the application over the module's database."""

from tests.web.serving import acme_http, anybody, app, birch_http, operator_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "operator_http", "tokens"]
