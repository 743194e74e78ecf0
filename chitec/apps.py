from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class ChitecConfig(AppConfig):
    name = "chitec"

    def ready(self) -> None:
        from chitec import checks  # noqa: F401  (they register themselves)


class ServedFilesConfig(StaticFilesConfig):
    """Of the packages in node_modules only what pages ask for is served: compressing all of it takes half a minute."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("*.ts", "bootstrap-*", "bootstrap.css", "bootstrap.rtl*"),
        *("cjs", "full", "iife", "miniprogram", "types", "bindings", "writer"),
    ]
