from django.urls import path

from programme.views import tours

urlpatterns = [
    path("tours/", tours.tours, name="tours"),
    path("tours/<slug:slug>/", tours.tour, name="tour"),
]
