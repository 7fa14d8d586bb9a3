"""The real command line with judges that need no weights."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))

import fake_judges

from styleclipdraw_core import cli

fake_judges.install(setattr)
sys.exit(cli.main())
