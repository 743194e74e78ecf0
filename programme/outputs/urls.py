"""Addresses without a language, as programs know them."""

from django.urls import path

from programme.views import outputs

urlpatterns = [
    path("schedule.xml", outputs.schedule_xml, name="schedule-xml"),
    path("schedule.json", outputs.schedule_json, name="schedule-json"),
    path("programme.ics", outputs.ics, name="programme-ics"),
    path("programme.rss", outputs.rss, name="programme-rss"),
]
