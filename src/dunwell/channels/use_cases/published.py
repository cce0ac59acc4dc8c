"""The tenant's files of this area as in force, parsed once per version."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dunwell.channels.rules import judged_content
from dunwell.channels.settings import ChannelSettings, ChannelsFile, parse_templates
from dunwell.channels.wording import Template
from dunwell.contact.model import Channel, Content
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.model import Files
from dunwell.tenancy.settings import TenantFile
from dunwell.tenancy.use_cases import in_force, published, published_files

KEPT: Final = 512
# By the digest of the tenant's files: content never changes.
_parsed: OrderedDict[bytes, Mapping[str, Template]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class FilesInForce:
    """Channels and templates of one published version, and the tenant's names."""

    version: int
    channels: ChannelsFile
    templates: Mapping[str, Template]
    names: Mapping[str, str]

    def lender(self, language: str) -> str:
        """The lender's name as a text in that language writes it."""
        return self.names.get(language, self.names["en"])


@dataclass(frozen=True, slots=True)
class Written:
    """The templates of some files, published or only proposed, as the gate judges them.

    `locale`: the tenant's, for borrowers whose language a template is not written in.
    """

    templates: Mapping[str, Template]
    locale: str

    def content(self, name: str, channel: Channel, language: str | None) -> Content | None:
        """What the gate judges of a template; None: there is no such template."""
        template = self.templates.get(name)
        if template is None:
            return None
        return judged_content(template, channel, template.language(language, self.locale))


def written(files: Files, locale: str) -> Written:
    """The templates of files that were checked before."""
    folder = {name.partition("/")[2]: table for name, table in files.items() if name.startswith("templates/")}
    return Written(parse_templates(folder), locale)


async def files_in_force(tx: TenantTx) -> FilesInForce:
    """Raises `TenantNotPublished`."""
    channels = await published(tx, "channels", ChannelsFile)
    tenant = await published(tx, "tenant", TenantFile)
    _, digest = await in_force(tx)
    templates = _parsed.get(digest)
    if templates is None:
        folder = await published_files(tx, "templates")
        templates = _parsed[digest] = parse_templates(folder.value.files)
        while len(_parsed) > KEPT:
            _parsed.popitem(last=False)
    names = {"zh": tenant.value.name, "en": tenant.value.name_en}
    return FilesInForce(channels.version, channels.value, templates, names)


async def channel_settings(tx: TenantTx, channel: Channel) -> ChannelSettings | None:
    """By which provider a channel goes out now; `None` for one that carries no messages."""
    return (await published(tx, "channels", ChannelsFile)).value.of(channel)
