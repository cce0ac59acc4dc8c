"""The tenant's files of this area as in force, parsed once per version."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dunwell.channels.settings import ChannelSettings, ChannelsFile, parse_templates
from dunwell.channels.wording import Template
from dunwell.contact.model import Channel
from dunwell.storage.tenant import TenantTx
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
