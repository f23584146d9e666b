"""``make bench``: every benchmark as a table, each in a process and on data of its own."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_BENCHMARKS = {
    "__main__",
    "__init__",
    "scratch",
    "drill",
    "histories",
    "companies",
    "filling",
    "bulk",
    "scale_step",
}


def main() -> int:
    wanted = set(sys.argv[1:])
    failed = 0
    for path in sorted(HERE.glob("*.py")):
        if path.stem in NOT_BENCHMARKS or (wanted and path.stem not in wanted):
            continue
        print(f"\n== {path.stem}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"bench.{path.stem}"]).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
