"""Settings of the tests: those of the platform, with nothing that is slow or leaves the machine."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="calendar-tests-"))
os.environ.setdefault("SITE_URL", "https://calendar.example")
os.environ.setdefault("ALLOWED_HOSTS", "calendar.example,testserver,localhost,127.0.0.1")
os.environ.setdefault("HTTPS", "0")

from config.settings import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# No limits: a story asks more often in a second than a person does in a minute. Tests of the limits set their own.
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(("visitors", "people", "verify", "join"))  # noqa: F405

# How fast the machine is decides no test: its threads wait for each other's connections and locks as long as it takes.
_options = DATABASES["default"]["OPTIONS"]  # noqa: F405
if "pool" in _options:
    _options["pool"] |= {"max_size": 30, "timeout": 300}
else:
    _options["timeout"] = 300

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, as in life: in memory, connections share one cache and threads that meet in it fail instead of waiting.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405
