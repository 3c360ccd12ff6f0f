"""Break the engine on purpose, one mechanism at a time, and show that each break is caught."""

import sys

from tests.engine.breaks.breaking import SEEDS, all_results, summary
from tests.engine.breaks.ways import BREAKS

if __name__ == "__main__":
    results = all_results(BREAKS, int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
    sys.stdout.write("\n".join(summary(results)) + "\n")
    sys.exit(0 if all(each.is_caught for each in results) else 1)
