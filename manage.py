#!/usr/bin/env python
"""The command line of the platform: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["demo"] and "SECRET_KEY" not in os.environ:
        os.environ.setdefault("DEBUG", "1")  # its server and its database are its own: it needs no settings
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
