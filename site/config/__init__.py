"""Settings, URLs and the two server entry points.

The repository root goes on the path as well, so that `config.asgi` also finds what
stands beside `site/` when a server, and not `manage.py`, imports it.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))
