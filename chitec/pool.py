import select

from psycopg import Connection
from psycopg_pool import ConnectionPool


def check(connection: Connection) -> None:
    """Whether a pooled connection still has its server, before a request gets it.

    A server that has ended has closed the socket, which is then readable though nothing was asked: only in that case
    is the server asked, and the pool replaces the connection. Asking each time would be a round trip a request.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)
