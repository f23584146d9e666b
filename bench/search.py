"""How long the search box makes one wait.

python -m bench.search [customers]      by default 1e5, or BENCH_CUSTOMERS

As many deals and contacts as customers. On SQLite, or on the server of DATABASE_URL. Asked for:
100 ms for any of them at 1e5.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bench.scratch import scratch_database, table

QUERIES = 200
AT_ONCE = 5000
AT = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = ("Hengda", "Lotus", "Golden", "Blue", "North", "River", "Sino", "Nordic", "Alpha", "Delta")
SECOND = ("Foods", "Tools", "Press", "Textile", "Chemical", "Motor", "Paper", "Glass", "Marine")
FORMS = ["Ltd", "GmbH", "Inc", "Co., Ltd.", "S.A.", ""]
SIGNS = "恒达金源华夏东方海天长江瑞丰永盛泰和宏远安康新世纪明珠龙腾飞鹏博雅"
TRADES = ["食品", "机械", "化工", "纺织", "电子", "建材", "医药", "物流"]


def company(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return "".join(rng.sample(SIGNS, 3)) + rng.choice(TRADES) + "有限公司"
    made_up = "".join(rng.choice("bdfgklmnprst") + rng.choice("aeiou") for _ in range(3))
    return f"{made_up.title()} {rng.choice(FIRST)} {rng.choice(SECOND)} {rng.choice(FORMS)}".strip()


def fill(count: int, rng: random.Random) -> list[str]:
    from crm.models import Contact, Customer
    from pipeline.models import Opportunity
    from pipeline.services.pipelines import create_pipeline

    pipeline = create_pipeline("New equipment", currency="CNY", stages=["Asked"])
    stage = pipeline.stages.get(name="Asked")
    names = [company(rng) for _ in range(count)]
    for begin in range(0, count, AT_ONCE):
        some = Customer.objects.bulk_create(
            Customer(
                name=name,
                created_at=AT,
                phone=f"021 {rng.randrange(10**7, 10**8)}",
                website=f"www.firm{begin + place}.example",
                external_id=f"C-{begin + place}",
            )
            for place, name in enumerate(names[begin : begin + AT_ONCE])
        )
        Contact.objects.bulk_create(
            Contact(customer=row, name=f"{company(rng).split()[0]} {row.pk % 977}") for row in some
        )
        Opportunity.objects.bulk_create(
            Opportunity(
                name=f"{row.name} line",
                customer=row,
                pipeline=pipeline,
                stage=stage,
                currency="CNY",
                created_at=AT,
            )
            for row in some
        )
    return names


def settle() -> None:
    """As the database does by itself some minutes after much was written."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("ANALYZE")


def swapped(name: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(name) - 2)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def kinds(names: list[str], rng: random.Random) -> dict[str, Callable[[], str]]:
    latin = [name for name in names if name.isascii()]
    chinese = [name for name in names if not name.isascii()]
    return {
        "exact": lambda: rng.choice(latin),
        "beginning": lambda: rng.choice(latin)[:4],
        "part": lambda: rng.choice(latin).split()[1][:5],
        "two words": lambda: " ".join(rng.choice(latin).split()[:3:2]),
        "slip": lambda: swapped(rng.choice(latin), rng),
        "Chinese, two signs": lambda: rng.choice(chinese)[1:3],
        "Chinese, a slip": lambda: rng.choice(SIGNS) + rng.choice(chinese)[1:5],
        "in vain": lambda: "".join(rng.choice("qxzjv") for _ in range(8)),
        "telephone": lambda: f"021 {rng.randrange(10**7, 10**8)}",
    }


def measure(count: int) -> None:
    from accounts.models import Role, User
    from core.finding import search

    rng = random.Random(1)
    names = fill(count, rng)
    settle()
    admin = User.objects.create_user("a@x.example", "pw", name="A", role=Role.ADMIN)
    rep = User.objects.create_user("r@x.example", "pw", name="R")
    rows = []
    for who, user in (("admin", admin), ("rep without customers", rep)):
        for kind, ask in kinds(names, rng).items():
            took = []
            for _ in range(QUERIES // (1 if user is admin else 10)):
                text = ask()
                begin = time.perf_counter()
                search(user, text, limit=6)
                took.append(1000 * (time.perf_counter() - begin))
            took.sort()
            rows.append((who, kind, statistics.median(took), took[int(0.95 * len(took))]))
    table(
        ("who", "searched for", "p50 ms", "p95 ms"),
        [(who, kind, f"{p50:.1f}", f"{p95:.1f}") for who, kind, p50, p95 in rows],
    )


def main() -> int:
    asked = [*sys.argv[1:], os.environ.get("BENCH_CUSTOMERS", "1e5")][0]
    with scratch_database() as vendor:
        print(f"{vendor}: {round(float(asked)):,} customers, and as many contacts and deals")
        print("asked for on PostgreSQL: 100 ms or less")
        measure(round(float(asked)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
