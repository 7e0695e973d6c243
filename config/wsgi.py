"""What the web server calls."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_django = get_wsgi_application()

from events.calendars.feeds.repeating import Repeating  # noqa: E402 - it needs Django to be set up

application = Repeating(_django)
