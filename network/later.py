"""What an address leads to is imported when somebody first goes there.

A web worker that shows the programme has no use for the API's framework, nor for what prints a certificate: it need not
hold them. Addresses and their names are known from the start, so that links can be made; only those of a whole
``LaterResolver`` become known with it, and ``reverse`` waits for them.
"""

import threading
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch, URLResolver, clear_url_caches, get_resolver
from django.urls import reverse as reverse_known
from django.urls.resolvers import RoutePattern
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property

#: One thread at a time: two that import modules which know each other from either end would each see half of the other.
_importing = threading.RLock()


def load(module: str, name: str) -> Any:
    """What the module calls by this name."""
    with _importing:
        return vars(import_module(module))[name]


class Page:
    """A view by its name. Calling it, or asking what it is marked with (``csrf_exempt``), imports its module."""

    def __init__(self, module: str, name: str) -> None:
        self.__module__, self.__name__, self.__qualname__ = module, name, name

    def __repr__(self) -> str:
        return f"<page {self.__module__}.{self.__name__}>"

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whatever the view answers."""
        answer: HttpResponseBase = self.view(request, *args, **kwargs)
        return answer

    def __getattr__(self, mark: str) -> Any:
        # Django looks for "view_class" on every view when it lists the addresses: they are functions.
        if mark == "view_class" or mark.startswith("__"):
            raise AttributeError(mark)
        return getattr(self.view, mark)

    @cached_property
    def view(self) -> Any:
        """The view itself."""
        return load(self.__module__, self.__name__)


class Pages:
    """The views of a module, for a list of addresses: ``desk = Pages("events.attendance.desk")``, then ``desk.sign``."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Page:
        return Page(self._module, name)


class LaterResolver(URLResolver):
    """An ``include`` that is imported when an address below it is first asked for. Until then its names are not known."""

    def __init__(self, route: str, addresses: str) -> None:
        super().__init__(RoutePattern(route, is_endpoint=False), addresses)
        self.is_known = False

    @cached_property
    def urlconf_module(self) -> Any:
        """The module with the addresses. Names that were listed without its own are listed anew."""
        with _importing:
            module = import_module(str(self.urlconf_name))
        self.is_known = True
        clear_url_caches()
        return module

    def _populate(self) -> None:
        if self.is_known:
            super()._populate()

    @property
    def reverse_dict(self) -> MultiValueDict[Any, Any]:
        """Its addresses by their names."""
        return super().reverse_dict if self.is_known else MultiValueDict()

    @property
    def namespace_dict(self) -> dict[Any, Any]:
        """It has none; asked for, it would be listed."""
        return super().namespace_dict if self.is_known else {}

    @property
    def app_dict(self) -> dict[Any, Any]:
        """The same."""
        return super().app_dict if self.is_known else {}


def make_known() -> None:
    """Import the addresses of every ``LaterResolver``: from now on their names can be reversed."""
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, LaterResolver):
            pattern.urlconf_module  # noqa: B018 - asking is importing


def reverse(name: str, *, args: Sequence[Any] = ()) -> str:
    """The address of this name, wherever it is listed. For links from a page into the API, which may not have been read yet."""
    try:
        return reverse_known(name, args=args)
    except NoReverseMatch:
        make_known()
        return reverse_known(name, args=args)
