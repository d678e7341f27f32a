"""The kinds of file that are read: which columns each has, and by which headings they are known. Pure."""

from dataclasses import dataclass

from ulbs.catalogue import modules


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field it fills, its heading in English and Hindi, and other headings for it."""

    field: str
    en: str
    hi: str = ""
    also: tuple[str, ...] = ()

    def in_(self, language: str) -> str:
        return self.hi if language == "hi" and self.hi else self.en


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of file. Of each group in `needs` one column at least must be there: the key, and something to
    say of it. Where several kinds fit, the one goes first of which each group in `sure` is there, too."""

    kind: str
    columns: tuple[Column, ...]
    needs: tuple[frozenset[str], ...]
    sure: tuple[frozenset[str], ...] = ()


SERIAL = Column("", "S.No.", "क्रमांक", ("s no", "sl no", "sr no", "serial no", "serial number", "क्र सं"))
STATE_CODE = Column("state_code", "State Code", "राज्य कोड", ("state lgd code", "statecode"))
STATE_NAME = Column("state_name", "State Name", "राज्य", ("state", "state/ut", "name of state", "statename"))

LGD = Layout(
    kind="lgd",
    columns=(
        SERIAL,
        Column(
            "lgd_code",
            "Local Body Code",
            "स्थानीय निकाय कोड",
            (
                "lgd code",
                "एलजीडी कोड",
                "ulb code",
                "ulb lgd code",
                "urban local body code",
                "local body lgd code",
            ),
        ),
        Column("lgd_version", "Local Body Version", "संस्करण", ("version", "ulb version")),
        Column(
            "name",
            "Local Body Name",
            "स्थानीय निकाय का नाम",
            ("name", "ulb name", "name of ulb", "urban local body name", "name of local body"),
        ),
        Column(
            "name_local",
            "Local Body Name (In Local)",
            "स्थानीय नाम",
            ("name in local", "local name", "local body name in local language", "name in local language"),
        ),
        Column(
            "type_code",
            "Localbody Type Code",
            "प्रकार कोड",
            ("local body type", "type code", "ulb type code", "ulb type"),
        ),
        Column("census_code", "Census 2011 Code", "जनगणना 2011 कोड", ("census code", "census code 2011")),
        STATE_CODE,
        STATE_NAME,
    ),
    needs=(
        frozenset({"lgd_code"}),
        frozenset({"name", "name_local", "type_code", "census_code", "lgd_version"}),
    ),
    sure=(frozenset({"name"}), frozenset({"type_code"})),
)
TENANTS = Layout(
    kind="tenants",
    columns=(
        SERIAL,
        STATE_CODE,
        STATE_NAME,
        Column("code", "Tenant code", "टेनेंट कोड", ("code", "tenant id", "tenant", "upyog tenant code")),
        Column("name", "Name", "नाम", ("tenant name", "city name", "ulb name")),
        Column("active", "Active", "सक्रिय", ("is active", "status")),
    ),
    needs=(frozenset({"code"}), frozenset({"name", "state_code", "state_name"})),
    sure=(frozenset({"name"}), frozenset({"state_code", "state_name"})),
)
PLAN = (
    Column("district", "District", "ज़िला", ("district name", "name of district", "जिला")),
    Column(
        "kind",
        "Greenfield/Brownfield",
        "ग्रीनफ़ील्ड/ब्राउनफ़ील्ड",
        ("greenfield or brownfield", "category", "kind"),
    ),
    Column("pilot", "Pilot", "पायलट", ("pilot ulb", "pilot y/n", "whether pilot")),
    Column("batch", "Batch", "बैच", ("batch number", "batch no", "phase")),
    Column("in_scope", "In scope", "दायरे में", ("in scope y/n", "scope")),
    Column(
        "scope_reason",
        "Reason for leaving it out",
        "बाहर रखने का कारण",
        ("reason", "scope reason", "reason if not in scope"),
    ),
)
# What the register says besides. “Tenant code” alone is the heading of a list of tenants.
DETAILS = (
    Column("name_local", "Local name", "स्थानीय नाम", ("name in local language", "local body name in local")),
    Column("type_label", "Own word for the type", "प्रकार के लिए अपना शब्द", ("own type", "type label")),
    Column("population", "Population", "जनसंख्या", ("population (census 2011)", "population 2011")),
    Column("census_code", "Census 2011 code", "जनगणना 2011 कोड", ("census code", "census code 2011")),
    Column("tenant_code", "UPYOG tenant code", "यूपीवाईओजी टेनेंट कोड"),
)
# What officers and other systems write over a module's column, besides its code and its names.
MODULE_WORDS: dict[str, tuple[str, ...]] = {
    "PGR": ("grievance", "grievances", "public grievance", "grievance redressal"),
    "MCOLLECT": ("m collect", "mcollect", "misc collection", "miscellaneous collection"),
    "PT": ("property tax",),
    "TL": ("trade license", "trade licence"),
    "WS": ("w&s", "water & sewerage", "water and sewerage", "water sewerage", "water"),
    "OBPS": ("obpas", "bpa", "edcr", "building plan", "building permission"),
    "FIRENOC": ("fire noc", "fire"),
    "FSM": ("faecal sludge", "fecal sludge management"),
    "BND": ("birth & death", "birth and death", "birth", "b&d"),
    "SV": ("street vending", "street vendor"),
    "ADV": ("advertisement",),
    "CHB": ("community hall", "community hall booking"),
    "PTR": ("pet registration",),
    "FINANCE": ("finance", "accounts"),
}


def rollout() -> Layout:
    """A state's roll-out sheet: the plan of each ULB, its details, and a column for each module of the
    catalogue."""
    towns = (
        Column(
            "lgd_code",
            "ULB code",
            "नगरीय स्थानीय निकाय कोड",
            ("lgd code", "local body code", "ulb lgd code", "code"),
        ),
        Column(
            "name",
            "ULB name",
            "नगरीय स्थानीय निकाय",
            ("ulb", "name of ulb", "name", "local body name", "town", "city", "ulb/city"),
        ),
    )
    services = tuple(
        Column(code, f"{code}: {module.en}", f"{code}: {module.hi}", (code, module.en, module.hi, *words))
        for code, module in modules().items()
        for words in (MODULE_WORDS.get(code, ()),)
    )
    # What the directory's export has, too, does not tell the two apart.
    asked = frozenset(column.field for column in (*PLAN, *DETAILS, *services)) - {
        column.field for column in LGD.columns
    }
    return Layout(
        kind="rollout",
        columns=(SERIAL, *towns, *PLAN, *DETAILS, *services, Column("", "Total", "कुल", ("remarks",))),
        needs=(frozenset({"lgd_code", "name"}), asked),
    )


def layouts() -> tuple[Layout, ...]:
    """Every kind, the one with most columns of its own first."""
    return LGD, TENANTS, rollout()
