from django.apps import AppConfig


class ChitecConfig(AppConfig):
    name = "chitec"
