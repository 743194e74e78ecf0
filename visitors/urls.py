from django.urls import path

from visitors.views import badges, changing, finding, registering

urlpatterns = [
    path("register/", registering.register_page, name="register"),
    path("register/by-mail/", registering.registered_by_mail, name="registered-by-mail"),
    path("my-visit/", finding.find_visit, name="find-visit"),
    path("my-visit/sent/", finding.find_visit_sent, name="find-visit-sent"),
    path("my-visit/code/", finding.ask_for_code, name="visit-code"),
    path("my-visit/code/enter/", finding.enter_code, name="visit-code-enter"),
    path("my-visit/leave/", finding.leave, name="visit-leave"),
    path("my-visit/erased/", changing.erased, name="erased"),
    path("visit/<str:key>/badge.pdf", badges.badge_pdf, name="visit-badge-pdf"),
    path("visit/<str:key>/badge.png", badges.badge_png, name="visit-badge-png"),
    path("visit/<str:key>/badge.svg", badges.badge_svg, name="visit-badge-svg"),
    path("visit/<str:key>/confirm/<str:proof>/", changing.confirm, name="visit-confirm"),
    path("visit/<str:key>/here/", finding.here, name="visit-here"),
    path("visit/<str:key>/details/", changing.correct_details, name="visit-details"),
    path("visit/<str:key>/give-back/", changing.give_back, name="visit-give-back"),
    path("visit/<str:key>/news/", changing.news, name="visit-news"),
    path("visit/<str:key>/erase/", changing.erase, name="visit-erase"),
]
