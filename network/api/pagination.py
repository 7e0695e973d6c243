"""Pages of a list."""

from rest_framework.pagination import CursorPagination


class Cursor(CursorPagination):
    """Pages that stay right while rows are added."""

    ordering = "pk"
