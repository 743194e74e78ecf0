from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from chitec import health, privacy, robots, views
from chitec.api import api
from chitec.languages import in_languages
from programme.views.pictures import picture

handler400 = "chitec.answers.bad_request"
handler403 = "chitec.answers.denied"
handler404 = "chitec.answers.not_found"
handler429 = "chitec.answers.too_often_at_the_login"
handler500 = "chitec.answers.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("signs/<str:version>.css", views.signs, name="signs"),
    path("", include("programme.outputs.urls")),
    path("pictures/<slug:digest>.jpg", picture, name="picture"),
    path("robots.txt", robots.robots, name="robots"),
    path("favicon.ico", robots.favicon, name="favicon"),
    *in_languages(
        path("", views.home, name="home"),
        path("visit/<str:key>/", views.my_visit, name="visit"),
        path("visit/<str:key>/calendar.ics", views.calendar, name="visit-calendar"),
        path("visit/<str:key>/plan.pdf", views.plan_pdf, name="visit-plan-pdf"),
        path("visit/<str:key>/data.json", views.my_data, {"form": "json"}, name="visit-data-json"),
        path("visit/<str:key>/data.csv", views.my_data, {"form": "csv"}, name="visit-data-csv"),
        path("privacy/", privacy.privacy, name="privacy"),
        path("accounts/", include("accounts.urls")),
        path("accounts/", include("allauth.urls")),
        path("", include("visitors.urls")),
        path("", include("exhibitors.urls")),
        path("", include("programme.urls")),
        path("", include("onsite.urls")),
    ),
]

if settings.DEBUG:
    from chitec import dev

    urlpatterns += [
        path("dev/mail/", dev.mails, name="dev-mails"),
        path("dev/mail/<str:name>/", dev.mail, name="dev-mail"),
    ]
