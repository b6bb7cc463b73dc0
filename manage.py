#!/usr/bin/env python3
"""Run a management command; `site/` is the source root."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Put `site/` first on the path and hand over to Django."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "site"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
