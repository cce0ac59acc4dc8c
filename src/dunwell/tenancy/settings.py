"""The tenant's own file, `tenant.toml`, and its branding."""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dunwell.kernel.calendar import is_zone
from dunwell.kernel.money import EXPONENT

SLUG: Final = re.compile(r"[a-z][a-z0-9]{1,30}")


class TenantFile(BaseModel):
    """`tenant.toml`: who the tenant is. `host` is the name its people use; empty: `<slug>.<base host>`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=80)]
    name_en: Annotated[str, Field(min_length=1, max_length=80)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    zone: str
    locale: Literal["zh", "en"]
    currency: str
    pack: Literal["cn", "us", "uk", "eu", "in"]
    sandbox: bool = False
    host: Annotated[str, Field(pattern=r"^([a-z0-9-]+\.)*[a-z0-9-]+$")] | None = None
    contact_line: Annotated[str, Field(max_length=120)] = ""

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        if not is_zone(zone):
            raise ValueError("not an IANA time zone such as Asia/Shanghai")
        return zone

    @field_validator("currency")
    @classmethod
    def _currency(cls, currency: str) -> str:
        if currency not in EXPONENT:
            raise ValueError("not a currency code we know, such as CNY")
        return currency


class BrandingFile(BaseModel):
    """`branding.toml`: how pages look. Colours are `#rrggbb`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1f5fae"
    ink: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1b2430"
    mark: Annotated[str, Field(min_length=1, max_length=2)] = "D"
    slogan: Annotated[str, Field(max_length=80)] = ""
    slogan_en: Annotated[str, Field(max_length=80)] = ""
