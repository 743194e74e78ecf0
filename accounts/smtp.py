"""Mail by SMTP that ends in time, however slow the server is."""

from __future__ import annotations

import smtplib
import socket
from contextlib import suppress
from threading import Timer
from typing import Any

from django.core.mail.backends import smtp

# Seconds for one conversation with the server. Its own timeout counts anew from each byte that comes, so a server that
# sends one now and then could hold a worker for hours. Far below what `accounts.actions.send_mail` keeps its row for.
DEADLINE = 60


def hang_up(line: socket.socket) -> None:
    with suppress(OSError), line:
        line.shutdown(socket.SHUT_RDWR)


class PunctualSMTP(smtplib.SMTP):
    """Hangs up when the deadline has passed, whatever it waits for then."""

    _line: socket.socket | None = None
    _timer: Timer | None = None

    def _get_socket(self, *args: Any, **kwargs: Any) -> socket.socket:
        line: socket.socket = super()._get_socket(*args, **kwargs)  # type: ignore[misc]
        # A second handle, because TLS takes the first one over.
        self._line = line.dup()
        self._timer = Timer(DEADLINE, hang_up, [self._line])
        self._timer.daemon = True
        self._timer.start()
        return line

    def close(self) -> None:
        super().close()
        if self._timer is not None and self._line is not None:
            self._timer.cancel()
            self._line.close()


class PunctualSMTPOverTLS(smtplib.SMTP_SSL, PunctualSMTP):
    """The same where the whole conversation is under TLS, its beginning included."""


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return PunctualSMTPOverTLS if self.use_ssl else PunctualSMTP
