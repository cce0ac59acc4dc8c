"""`channels.toml`: by which provider each channel of a tenant goes out. Secrets are named here, never written."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dunwell.channels.wording import Blocks, Template, trial
from dunwell.contact.content import undoubted
from dunwell.contact.model import Channel
from dunwell.kernel.errors import Fault
from dunwell.tenancy.model import Files

_ADDRESS: Final = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[\w.-]{1,190}")

# `env:NAME` or `file:/path`; empty: there is none.
SecretRef = Annotated[str, Field(pattern=r"^((env:[A-Z][A-Z0-9_]{2,60})|(file:/\S{1,200}))?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SmtpSettings(_Strict):
    """A mail submission server. `password` names a secret: `env:NAME`."""

    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    username: Annotated[str, Field(max_length=320)] = ""
    password: SecretRef = ""

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> Self:
        if self.username and self.tls == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError('a password must not travel in clear: set tls = "starttls"')
        return self


class GatewaySettings(_Strict):
    """An HTTP gateway. `previous_secret` is still accepted in reports while the secret is being changed."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$", max_length=500)]
    secret: Annotated[SecretRef, Field(min_length=1)]
    previous_secret: SecretRef = ""

    @field_validator("url")
    @classmethod
    def _encrypted_unless_local(cls, url: str) -> str:
        host = url.split("//", 1)[1].split("/", 1)[0].rpartition("@")[2]
        local = host.startswith("[::1]") or host.partition(":")[0] in ("localhost", "127.0.0.1")
        if url.startswith("http://") and not local:
            raise ValueError("messages must not travel in clear: write https://")
        return url


class ChannelSettings(_Strict):
    """One channel. `provider = "off"` keeps its messages planned until it is switched on or they expire.

    `sender` is the address or number that borrowers see; a text message without one comes from the lender's name.
    `rate_per_minute` bounds what one tenant hands over.
    """

    provider: Literal["sandbox", "smtp", "sms_http", "off"]
    sender: Annotated[str, Field(max_length=320)] = ""
    sender_name: Annotated[str, Field(max_length=100)] = ""
    reply_to: Annotated[str, Field(max_length=320)] = ""
    unsubscribe: Annotated[str, Field(max_length=320)] = ""
    rate_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    smtp: SmtpSettings | None = None
    gateway: GatewaySettings | None = None

    @field_validator("sender", "sender_name", "reply_to", "unsubscribe")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if any(ord(character) < 32 or ord(character) == 127 for character in text):
            raise ValueError("must be one line without control characters")
        return text

    @model_validator(mode="after")
    def _provider_is_described(self) -> Self:
        if self.provider == "smtp" and self.smtp is None:
            raise ValueError('provider = "smtp" needs a table [email.smtp] with host and port')
        if self.provider == "sms_http" and self.gateway is None:
            raise ValueError('provider = "sms_http" needs a table [sms.gateway] with url and secret')
        return self


class ChannelsFile(_Strict):
    """`channels.toml` as a whole."""

    sms: ChannelSettings
    email: ChannelSettings
    blocks: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], Blocks], Field(min_length=1)]

    @model_validator(mode="after")
    def _providers_fit(self) -> Self:
        if self.sms.provider == "smtp":
            raise ValueError('[sms] cannot go out by SMTP: use provider = "sms_http"')
        if self.email.provider == "sms_http":
            raise ValueError('[email] cannot go out by the SMS gateway: use provider = "smtp"')
        for name in ("sender", "reply_to", "unsubscribe"):
            address: str = getattr(self.email, name)
            if (address or name == "sender") and not _ADDRESS.fullmatch(address):
                raise ValueError(f"[email] {name} is no e-mail address")
        return self

    def of(self, channel: Channel) -> ChannelSettings | None:
        """The settings of a channel that carries messages; `None` for calls, visits and letters."""
        match channel:
            case Channel.SMS:
                return self.sms
            case Channel.EMAIL:
                return self.email
            case _:
                return None


def check_files(proposed: Files) -> list[Fault]:
    """Everything wrong with `channels.toml` and `templates/*.toml`, each fault with its file and key."""
    faults: list[Fault] = []
    channels = _parsed(ChannelsFile, "channels", proposed.get("channels", {}), faults)
    faults.extend(_sandbox_faults(channels, proposed))
    for name, table in sorted(proposed.items()):
        if not name.startswith("templates/"):
            continue
        template = _parsed(Template, name, table, faults)
        if template is None:
            continue
        faults.extend(_unlawful(name, template))
        undeclared = dict(template.undeclared())
        faults.extend(_said(name, undeclared, "declare it in `variables`, or mend the text"))
        if channels is not None and not undeclared:
            faults.extend(_said(name, dict(trial(template, channels.blocks)), "mend the text"))
            faults.extend(
                Fault(
                    f"{name}.toml:text.{language}",
                    f"[blocks.{language}] is missing in channels.toml",
                    "add it there",
                )
                for language in template.text
                if language not in channels.blocks
            )
    return faults


def _unlawful(name: str, template: Template) -> Iterator[Fault]:
    """What no message may say to anybody: the gate would refuse each that is sent, so it is said here first."""
    for language, text in template.text.items():
        for part in ("subject", "email", "sms"):
            for hit in undoubted(getattr(text, part)):
                yield Fault(
                    f"{name}.toml:text.{language}.{part}",
                    f"{hit.code} ({', '.join(hit.rules)}): {hit.words!r}",
                    "mend the text; docs/content.md says what is looked for",
                )


def _said(name: str, problems: Mapping[str, str], remedy: str) -> list[Fault]:
    return [Fault(f"{name}.toml:{key}", problem, remedy) for key, problem in problems.items()]


def _sandbox_faults(channels: ChannelsFile | None, proposed: Files) -> Iterator[Fault]:
    """A sandbox that swallows the messages of a real tenant would look like a working channel."""
    if channels is None or proposed.get("tenant", {}).get("sandbox") is True:
        return
    for name, settings in (("sms", channels.sms), ("email", channels.email)):
        if settings.provider == "sandbox":
            yield Fault(
                f"channels.toml:{name}.provider",
                "the sandbox is for sandbox tenants only",
                'set a real provider, "off", or `sandbox = true` in tenant.toml',
            )


def parse_templates(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Template]:
    """The published templates by name; they were checked when they were published."""
    return {name: Template.model_validate(dict(table)) for name, table in tables.items()}


M = TypeVar("M", bound=BaseModel)


def _parsed(model: type[M], name: str, table: Mapping[str, Any], faults: list[Fault]) -> M | None:
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        for found in cast("list[dict[str, Any]]", error.errors(include_url=False, include_input=False)):
            path = ".".join(str(part) for part in found["loc"])
            problem = str(found["msg"]).removeprefix("Value error, ")
            faults.append(
                Fault(f"{name}.toml:{path}", problem, _REMEDIES.get(found["type"], "see tenants/README.md"))
            )
        return None


_REMEDIES: Final = {"missing": "add the key", "extra_forbidden": "remove the key or mend its spelling"}
