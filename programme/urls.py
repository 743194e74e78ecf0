from django.urls import path

from programme.views import printed, tours

urlpatterns = [
    path("tours/", tours.tours, name="tours"),
    path("tours/<slug:slug>/", tours.tour, name="tour"),
    path("programme/programme.pdf", printed.booklet, name="programme-pdf"),
]
