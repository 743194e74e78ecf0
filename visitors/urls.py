from django.urls import path

from visitors import views

urlpatterns = [
    path("register/", views.register_page, name="register"),
    path("register/by-mail/", views.registered_by_mail, name="registered-by-mail"),
    path("my-visit/", views.find_visit, name="find-visit"),
    path("my-visit/sent/", views.find_visit_sent, name="find-visit-sent"),
    path("my-visit/code/", views.ask_for_code, name="visit-code"),
    path("my-visit/code/enter/", views.enter_code, name="visit-code-enter"),
    path("my-visit/leave/", views.leave, name="visit-leave"),
    path("my-visit/erased/", views.erased, name="erased"),
    path("visit/<str:key>/badge.pdf", views.badge_pdf, name="visit-badge-pdf"),
    path("visit/<str:key>/badge.png", views.badge_png, name="visit-badge-png"),
    path("visit/<str:key>/badge.svg", views.badge_svg, name="visit-badge-svg"),
    path("visit/<str:key>/confirm/<str:proof>/", views.confirm, name="visit-confirm"),
    path("visit/<str:key>/here/", views.here, name="visit-here"),
    path("visit/<str:key>/details/", views.correct_details, name="visit-details"),
    path("visit/<str:key>/give-back/", views.give_back, name="visit-give-back"),
    path("visit/<str:key>/news/", views.news, name="visit-news"),
    path("visit/<str:key>/erase/", views.erase, name="visit-erase"),
]
