"""Django's templates, without the tags that nobody here uses."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.template.backends.django import DjangoTemplates, get_package_libraries

#: Its tags are for pages that we do not show, and whoever has them has loaded all of the framework.
WITHOUT = {"rest_framework"}


class Templates(DjangoTemplates):
    """As Django's own."""

    def get_templatetag_libraries(self, custom_libraries: dict[str, str]) -> dict[str, str]:
        """The tags of Django and of the apps, by the names that templates load them by; as Django finds them."""
        packages = [
            "django.templatetags",
            *(f"{app.name}.templatetags" for app in apps.get_app_configs() if app.name not in WITHOUT),
        ]
        libraries = {
            name.removeprefix(f"{package}."): name
            for package in packages
            if find_spec(package)
            for name in get_package_libraries(import_module(package))
        }
        return {**libraries, **custom_libraries}
