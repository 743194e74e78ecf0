from django.urls import path

from accounts import views

urlpatterns = [
    path("home/", views.home, name="account-home"),
    path("me/", views.me, name="account-me"),
]
