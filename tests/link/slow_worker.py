"""The real worker with judges that need no weights and take their time, to be killed at any moment.

Arguments: seconds for each look of a judge, then the worker's own.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))

import fake_judges

from styleclipdraw_core import worker

fake_judges.install(setattr, pause=float(sys.argv[1]))
sys.exit(worker.main(sys.argv[2:]))
