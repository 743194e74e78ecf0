from django.urls import path

from accounts import views

urlpatterns = [
    path("home/", views.home, name="account-home"),
    path("me/", views.me, name="account-me"),
    path("me/data.json", views.my_data, name="account-data"),
    path("me/erase/", views.erase, name="account-erase"),
    # Before the login's own, which it wraps.
    path("email/", views.email, name="account_email"),
]
