from django.urls import path

from onsite import views
from onsite.doors import views as doors

urlpatterns = [
    path("gate/", views.gate, name="gate"),
    path("gate/sign-in/", views.sign_in, name="gate-sign-in"),
    path("gate/sign-out/", views.sign_out, name="gate-sign-out"),
    path("gate/leave-account/", views.leave_account, name="gate-leave-account"),
    path("gate/scan/", views.scan, name="gate-scan"),
    path("gate/scan/<uuid:uid>/payment/", views.pay, name="gate-payment"),
    path("gate/doors/", doors.doors_today, name="gate-doors"),
    path("gate/doors/<slug:slug>/", doors.door, name="gate-door"),
    path("gate/doors/<slug:slug>/scan/", doors.scan, name="gate-door-scan"),
    path("gate/doors/<slug:slug>/walk-in/", doors.walk_in, name="gate-door-walk-in"),
    path("gate/doors/<slug:slug>/party/", doors.party, name="gate-door-party"),
    path("gate/manifest.webmanifest", views.manifest, name="gate-manifest"),
]
