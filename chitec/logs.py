"""Logs: one JSON object a line on standard error, without personal data; plain lines while developing."""

from __future__ import annotations

import copy
import logging
import logging.config
import smtplib
import traceback
from collections.abc import Iterator
from types import TracebackType

import psycopg
import structlog
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateDoesNotExist, TemplateSyntaxError

type ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

# What these say is about the code. What any other error says may quote what somebody typed, or a row of the database.
ABOUT_THE_CODE = (
    AttributeError,
    ImportError,
    ImproperlyConfigured,
    NameError,
    NotImplementedError,
    RecursionError,
    TemplateDoesNotExist,
    TemplateSyntaxError,
    TypeError,
)


def told(error: BaseException) -> str:
    """What the log may say of an error: its type, and of its message the part that quotes nobody."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    match error:
        case psycopg.Error() if error.diag.sqlstate:
            found = (error.diag.sqlstate, error.diag.constraint_name, error.diag.table_name, error.diag.column_name)
            words = " ".join(part for part in found if part)
        case smtplib.SMTPResponseException():
            words = str(error.smtp_code)
        case smtplib.SMTPRecipientsRefused():
            words = " ".join(str(code) for code, _text in error.recipients.values())
        case OSError() if error.errno is not None:
            words = f"[Errno {error.errno}] {error.strerror}"
        # Without a state it is the connection that failed, and the message says how.
        case psycopg.OperationalError() | TimeoutError():
            words = str(error)
        case _ if isinstance(error, ABOUT_THE_CODE):
            words = str(error)
        case _:
            words = ""
    return f"{name}: {words}" if words else name


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those that led to it, the last one first."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def discreet_traceback(exc_info: ExcInfo) -> str:
    """The frames and types of an error and of those that led to it, without anybody's data."""
    told_of = [
        "".join(["Traceback (most recent call last):\n", *traceback.format_tb(one.__traceback__), told(one)])
        for one in chain(exc_info[1])
    ]
    return "\n\nled to\n\n".join(reversed(told_of))


class WithoutPath(logging.Filter):
    """Django writes a request's path, which may be the secret link to a visit; the log gets its route."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        request = getattr(record, "request", None)
        if request is None or not isinstance(record.args, tuple):
            return record
        match = getattr(request, "resolver_match", None)
        route = match.route if match else "(no route)"
        paths = {request.path, request.path_info, request.get_full_path()}
        discreet = copy.copy(record)
        discreet.args = tuple(route if arg in paths else arg for arg in record.args)
        return discreet


def logging_config(*, debug: bool) -> None:
    errors = (
        structlog.processors.format_exc_info if debug else structlog.processors.ExceptionRenderer(discreet_traceback)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        errors,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer = structlog.dev.ConsoleRenderer(colors=False) if debug else structlog.processors.JSONRenderer()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"without_path": {"()": WithoutPath}},
            "formatters": {
                "lines": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {
                "lines": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["without_path"]}
            },
            "root": {"handlers": ["lines"], "level": "WARNING"},
            "loggers": {
                "chitec": {"level": "INFO"},
                "django.server": {"level": "WARNING"},
                # The request log has one line for each answer already.
                "django.request": {"level": "ERROR"},
                "django.security.csrf": {"level": "ERROR"},
            },
        }
    )
