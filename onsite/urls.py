from django.urls import path

from onsite import views

urlpatterns = [
    path("gate/", views.gate, name="gate"),
    path("gate/sign-in/", views.sign_in, name="gate-sign-in"),
    path("gate/sign-out/", views.sign_out, name="gate-sign-out"),
    path("gate/leave-account/", views.leave_account, name="gate-leave-account"),
    path("gate/scan/", views.scan, name="gate-scan"),
    path("gate/scan/<uuid:uid>/payment/", views.pay, name="gate-payment"),
    path("gate/manifest.webmanifest", views.manifest, name="gate-manifest"),
]
