"""How often a page asks the database."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def count_queries(client, address):
    """The queries of one request, after a first one has filled what is kept in memory."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
