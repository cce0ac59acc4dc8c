"""Accounts of providers: made once, their secrets changed, absent, or off."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from dunwell.channels.model import (
    HookNotFound,
    SandboxBehaviour,
    SecretMissing,
)
from dunwell.channels.providers.accounts import Accounts
from dunwell.channels.providers.sandbox import Sandbox
from dunwell.channels.providers.sms_http import HttpSmsGateway
from dunwell.channels.providers.smtp import (
    SmtpAccount,
    SmtpServer,
)
from dunwell.channels.settings import ChannelSettings
from dunwell.kernel.caller import Actor, ActorKind, Caller, Tenant
from dunwell.kernel.errors import Broken
from tests.fakes.sms_gateway import SECRET

TENANT = Tenant(
    id=uuid4(), slug="acme", name="Acme", cell="main", schema="t_acme", role="t_acme", zone="Asia/Shanghai",
    locale="zh", pack="cn", host="acme.test", wrapped_key=b"", sandbox=True,
)  # fmt: skip
CALLER = Caller(TENANT, Actor(ActorKind.SYSTEM, "test"))
AT = datetime(2026, 3, 9, 2, tzinfo=UTC)


class _NoStore:
    async def take(self, batch: object) -> list[SandboxBehaviour]:
        return []


def _accounts(secrets: dict[str, str]) -> Accounts:
    def secret(reference: str) -> str:
        if reference not in secrets:
            raise SecretMissing(reference)
        return secrets[reference]

    return Accounts(secret, lambda _: _NoStore())


def _settings(**more: object) -> ChannelSettings:
    return ChannelSettings.model_validate({"sender": "notice@acme.test"} | more)


GATEWAY = {"url": "https://gw.example/send", "secret": "env:GW_KEY", "previous_secret": "env:GW_KEY_OLD"}


async def test_an_account_is_made_once_and_found_again():
    accounts = _accounts({"env:GW_KEY": SECRET, "env:GW_KEY_OLD": SECRET, "env:MX_KEY": "p"})
    texts = _settings(provider="sms_http", gateway=GATEWAY)
    assert accounts.of(CALLER, texts) is accounts.of(CALLER, texts)
    mail = _settings(provider="smtp", smtp={"host": "mx.example", "username": "u", "password": "env:MX_KEY"})
    assert accounts.of(CALLER, mail).name == "smtp"
    sandbox = accounts.of(CALLER, _settings(provider="sandbox"))
    assert sandbox.name == "sandbox"
    with pytest.raises(HookNotFound):
        sandbox.parse_report({}, b"", AT)
    await accounts.aclose()


async def test_a_changed_secret_is_another_account():
    secrets = {"env:GW_KEY": SECRET, "env:GW_KEY_OLD": SECRET}
    accounts = _accounts(secrets)
    texts = _settings(provider="sms_http", gateway=GATEWAY)
    first = accounts.of(CALLER, texts)
    secrets["env:GW_KEY"] = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVg=="
    assert accounts.of(CALLER, texts) is not first
    await accounts.aclose()


async def test_an_account_without_its_secret_is_not_there_now():
    accounts = _accounts({})
    with pytest.raises(SecretMissing):
        accounts.of(CALLER, _settings(provider="sms_http", gateway=GATEWAY))


async def test_a_channel_that_is_off_has_no_provider():
    with pytest.raises(Broken):
        _accounts({}).of(CALLER, _settings(provider="off"))


async def test_every_provider_tells_how_many_it_takes_at_once():
    gateway, mail = HttpSmsGateway("https://gw.example/", SECRET), SmtpServer(SmtpAccount("mx.example", 25))
    assert gateway.capabilities.idempotent
    assert not mail.capabilities.idempotent
    assert all(each.capabilities.chunk > 0 for each in (gateway, mail, Sandbox(_NoStore())))
    await gateway.aclose()
    await mail.aclose()
