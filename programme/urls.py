from django.urls import path

from programme.views import (
    boarding,
    days,
    materials,
    outputs,
    papers,
    printed,
    search,
    sessions,
    speakers,
    speaking,
    tours,
    walls,
)

urlpatterns = [
    path("programme/", days.programme, name="programme"),
    path("programme/day/<slug:day>/", days.day, name="programme-day"),
    path("programme/now/", days.now, name="programme-now"),
    path("programme/search/", search.search, name="programme-search"),
    path("programme/series/<slug:slug>/", sessions.series, name="series"),
    path("programme/wall/", walls.walls_list, name="walls"),
    path("programme/wall/<slug:place>/", walls.wall, name="wall"),
    path("programme/programme.pdf", printed.booklet, name="programme-pdf"),
    path("speakers/", speakers.speakers, name="speakers"),
    path("speakers/<slug:slug>/", speakers.speaker, name="speaker"),
    path("speakers/own/<str:key>/", speaking.own_page, name="speaker-own"),
    path("visit/<str:key>/signups/<uuid:guid>/id/", papers.id_numbers, name="visit-signup-id"),
    path("tours/", tours.tours, name="tours"),
    path("tours/<slug:slug>/", tours.tour, name="tour"),
    path("tours/boarding/<str:key>/", boarding.departures, name="boarding"),
    path("tours/boarding/<str:key>/<slug:slug>/", boarding.departure, name="boarding-departure"),
    # Every other address below /programme/ is a session's.
    path("programme/<slug:slug>/", sessions.session, name="session"),
    path("programme/<slug:slug>/calendar.ics", outputs.session_calendar, name="session-calendar"),
    path("programme/<slug:slug>/materials/<int:pk>/", materials.material, name="material"),
]
