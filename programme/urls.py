from django.urls import path

from programme.views import outputs, printed, tours

urlpatterns = [
    path("tours/", tours.tours, name="tours"),
    path("tours/<slug:slug>/", tours.tour, name="tour"),
    path("programme/programme.pdf", printed.booklet, name="programme-pdf"),
    path("programme/<slug:slug>/calendar.ics", outputs.session_calendar, name="session-calendar"),
]
