"""Message templates: checked when published, rendered when sent.

Jinja in its sandbox, and a variable that is not given is an error, never an empty space in a letter about money.
Nothing is escaped: the result is plain text, not HTML.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2 import Template as Compiled
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, field_validator

from dunwell.contact.model import Channel
from dunwell.kernel.errors import Broken

# What a template may speak of. `blocks` fill `objection` and `opt_out`, in the language of the text.
VARIABLES: Final = frozenset({
    "lender", "name", "amount", "due_date", "days_late", "loans", "objection", "opt_out",
})  # fmt: skip
# CN-CON-07, US-CHN-02: whose claim, how much, how to object, how to be left alone.
REQUIRED: Final = ("lender", "amount", "objection", "opt_out")
SMS_LONGEST: Final = 500
EMAIL_LONGEST: Final = 10_000
FALLBACK: Final = "en"


class TemplateUnusable(Broken):
    """A published template does not render; publishing should have refused it."""

    code = "template.unusable"


_environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Blocks(_Strict):
    """Sentences every message carries: where to object or complain, and how to opt out."""

    objection: Annotated[str, Field(min_length=4, max_length=300)]
    opt_out: Annotated[str, Field(min_length=2, max_length=200)]


class Text(_Strict):
    """A template in one language."""

    subject: Annotated[str, Field(min_length=1, max_length=200)]
    email: Annotated[str, Field(min_length=1, max_length=EMAIL_LONGEST)]
    sms: Annotated[str, Field(min_length=1, max_length=SMS_LONGEST)]

    @field_validator("email", "sms", "subject")
    @classmethod
    def _parses(cls, text: str) -> str:
        unknown = _first_unknown(text, VARIABLES)
        if unknown:
            raise ValueError(unknown)
        return text

    @field_validator("email", "sms")
    @classmethod
    def _has_required_blocks(cls, text: str) -> str:
        used = find_undeclared_variables(_environment.parse(text))
        missing = [name for name in REQUIRED if name not in used]
        if missing:
            raise ValueError(
                f"must show {{{{ {missing[0]} }}}}: a borrower needs to read it in every message"
            )
        return text

    @field_validator("subject")
    @classmethod
    def _is_one_line(cls, text: str) -> str:
        if "\n" in text or "\r" in text:
            raise ValueError("a subject is one line")
        return text


class Template(_Strict):
    """One message, a file `templates/<name>.toml`, in every language it is written in.

    `variables` declares what its texts use.
    """

    variables: Annotated[tuple[str, ...], Field(min_length=1)]
    text: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], Text], Field(min_length=1)]

    @field_validator("variables")
    @classmethod
    def _exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        strange = [name for name in names if name not in VARIABLES]
        if strange:
            raise ValueError(f"no such variable {strange[0]!r}: there are {', '.join(sorted(VARIABLES))}")
        return names

    def undeclared(self) -> Iterator[tuple[str, str]]:
        """The key of each text that uses a variable which this template does not declare, and the problem."""
        for language, text in self.text.items():
            for part in ("subject", "email", "sms"):
                problem = _first_unknown(getattr(text, part), frozenset(self.variables))
                if problem:
                    yield f"text.{language}.{part}", problem

    def language(self, wanted: str | None, locale: str) -> str:
        """The language to write in: the borrower's, else the tenant's, else English, else what there is."""
        for tag in (wanted, locale, FALLBACK):
            if tag and tag.replace("_", "-").partition("-")[0].lower() in self.text:
                return tag.replace("_", "-").partition("-")[0].lower()
        return next(iter(self.text))

    def source(self, channel: Channel, language: str) -> str:
        """The text with its placeholders, as the gate judges it."""
        text = self.text[language]
        return text.sms if channel is Channel.SMS else f"{text.subject}\n{text.email}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as the borrower reads it."""

    language: str
    subject: str
    body: str


def render(
    template: Template, blocks: Blocks, channel: Channel, language: str, facts: Mapping[str, str]
) -> Rendered:
    """Fill a template. Raises `TemplateUnusable`, which never names a value."""
    text = template.text[language]
    values = dict(facts) | {"objection": blocks.objection, "opt_out": blocks.opt_out}
    try:
        if channel is Channel.SMS:
            return Rendered(language, "", _compiled(text.sms).render(values).strip())
        subject = " ".join(_compiled(text.subject).render(values).split())
        return Rendered(language, subject, _compiled(text.email).render(values))
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TemplateUnusable(f"a template in {language}: {type(error).__name__}") from None


def trial(template: Template, blocks: Mapping[str, Blocks]) -> Iterator[tuple[str, str]]:
    """Fill every text once with made-up facts: the keys of those that cannot be filled, and the problem."""
    for language in template.text:
        if language in blocks:
            for channel, part in ((Channel.SMS, "sms"), (Channel.EMAIL, "email")):
                try:
                    render(template, blocks[language], channel, language, _MADE_UP)
                except TemplateUnusable as error:
                    yield f"text.{language}.{part}", f"cannot be filled: {error.detail}"


_MADE_UP: Final = {
    "lender": "Lender", "name": "Name", "amount": "1.00", "due_date": "1 January 2026", "days_late": "1", "loans": "1",
}  # fmt: skip


@lru_cache(maxsize=1024)
def _compiled(text: str) -> Compiled:
    return _environment.from_string(text)


def _first_unknown(text: str, known: frozenset[str]) -> str | None:
    """What is wrong with a text, with the line inside it and the remedy."""
    try:
        tree = _environment.parse(text)
    except TemplateSyntaxError as error:
        return f"line {error.lineno} of the text: {error.message}"
    undeclared = find_undeclared_variables(tree) - known
    for node in tree.find_all(nodes.Name):
        if node.name in undeclared:
            return f"line {node.lineno} of the text: {node.name!r} is not declared (add it to `variables`, or mend it)"
    return None
