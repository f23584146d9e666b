"""Who and what Billion is: people, teams, sources, products. All of it is invented."""

from dataclasses import dataclass, replace
from datetime import date

from planning.demo.names import person_name

DOMAIN = "billion.example"
PASSWORD = "stepwise-demo"  # noqa: S105  (printed for everybody who tries the demo)

FOUNDED = date(1999, 3, 1)
LAST_DAY = date(2001, 12, 31)
BASE_YEAR = 2001
BASE_REVENUE = 17_600_000
"""Won in the base year, in CNY, by one branch."""
GROWTH = 1.78
"""Revenue of the base year beside the year before."""

CURRENCY = "CNY"
DOLLAR = 8.28
RATES = (
    ("USD", date(1999, 1, 1), "8.28"),
    ("EUR", date(1999, 1, 1), "9.65"),
    ("EUR", date(2000, 1, 1), "8.32"),
    ("EUR", date(2001, 1, 1), "7.40"),
)

TEAMS = (
    ("Sales", None),
    ("North China", "Sales"),
    ("East China", "Sales"),
    ("South China", "Sales"),
    ("Marketing", None),
    ("Service", None),
)
SHARING_TEAMS = frozenset({"North China", "South China"})


@dataclass(frozen=True)
class Person:
    """Somebody who works here; ``local`` is the part of the email before the @.

    ``pace`` is how much of an ordinary rep's work this one gets done.
    """

    name: str
    local: str
    role: str
    team: str
    joined: date
    pace: float = 1.0


STAFF = (
    Person("Chen Guang", "admin", "admin", "", FOUNDED),
    Person("Zhao Min", "manager", "manager", "Sales", FOUNDED),
    Person("Sun Xiaoyan", "sun.xiaoyan", "manager", "Marketing", date(2001, 1, 8)),
    Person("Gao Feng", "gao.feng", "manager", "Service", date(2001, 2, 5)),
    Person("He Lan", "he.lan", "rep", "Marketing", date(2001, 4, 2)),
    Person("Luo Jian", "luo.jian", "rep", "Service", date(2001, 3, 5)),
    Person("Tang Bo", "tang.bo", "rep", "Service", date(2001, 6, 4)),
)

REPS = (
    Person("Li Wei", "rep", "rep", "East China", FOUNDED, pace=1.5),
    Person("Wang Jun", "wang.jun", "rep", "North China", FOUNDED),
    Person("Huang Yan", "huang.yan", "rep", "South China", date(1999, 5, 10)),
    Person("Liu Tao", "liu.tao", "rep", "East China", date(1999, 10, 11)),
    Person("Zhou Qing", "zhou.qing", "rep", "North China", date(2000, 3, 6)),
    Person("Wu Hao", "wu.hao", "rep", "East China", date(2000, 6, 5)),
    Person("Lin Mei", "lin.mei", "rep", "South China", date(2000, 9, 4)),
    Person("Xu Lei", "xu.lei", "rep", "East China", date(2000, 12, 4)),
    Person("Zhu Dan", "zhu.dan", "rep", "North China", date(2001, 2, 12)),
    Person("Guo Peng", "guo.peng", "rep", "South China", date(2001, 4, 9)),
    Person("Ma Li", "ma.li", "rep", "East China", date(2001, 6, 4)),
    Person("Hu Bin", "hu.bin", "rep", "East China", date(2001, 8, 6)),
    Person("Song Jie", "song.jie", "rep", "South China", date(2001, 9, 10)),
    Person("Deng Yu", "deng.yu", "rep", "North China", date(2001, 10, 15)),
)


def reps_of_branch(branch: int) -> tuple[Person, ...]:
    """The reps of one copy of the company; copies after the first have people of their own."""
    if branch == 0:
        return REPS
    return tuple(
        replace(
            rep,
            name=person_name(branch * len(REPS) + place),
            local=f"{rep.local}.{branch + 1}",
        )
        for place, rep in enumerate(REPS)
    )


@dataclass(frozen=True)
class SourceKind:
    """``share`` of the leads; ``quality`` multiplies the odds of each early promotion, and
    ``delay`` the time to it."""

    name: str
    share: float
    quality: float
    delay: float


SOURCES = (
    SourceKind("Exhibitions", 0.33, 0.84, 0.72),
    SourceKind("Referrals", 0.16, 1.60, 1.44),
    SourceKind("Web", 0.16, 1.02, 0.95),
    SourceKind("Cold calls", 0.24, 0.85, 1.05),
    SourceKind("Trade magazines", 0.11, 0.95, 1.10),
)
EXHIBITIONS = 0


@dataclass(frozen=True)
class ProductKind:
    """``share`` of the deals with new customers, ``repeat`` of those with buyers."""

    name: str
    family: str
    price: int
    share: float
    repeat: float
    largest_order: int


PRODUCTS = (
    ProductKind("Filling line FL-24", "Filling lines", 480_000, 0.06, 0.03, 1),
    ProductKind("Filling line FL-12", "Filling lines", 268_000, 0.13, 0.05, 1),
    ProductKind("Cartoner CT-80", "Cartoners", 196_000, 0.15, 0.07, 1),
    ProductKind("Shrink wrapper SW-6", "Wrapping machines", 98_000, 0.14, 0.10, 2),
    ProductKind("Labelling machine LM-200", "Labelling machines", 76_000, 0.22, 0.14, 2),
    ProductKind("Sealing machine SM-40", "Sealing machines", 54_000, 0.20, 0.13, 3),
    ProductKind("Vacuum sealer VS-10", "Sealing machines", 32_000, 0.10, 0.08, 3),
    ProductKind("Spare-part kit A", "Spare parts", 9_800, 0.0, 0.25, 4),
    ProductKind("Wear-part kit B", "Spare parts", 4_600, 0.0, 0.15, 6),
)

LOST_REASONS = (
    ("Price", 0.30),
    ("Competitor", 0.22),
    ("No budget", 0.16),
    ("Project stopped", 0.14),
    ("No answer", 0.12),
    ("Delivery time", 0.06),
)
