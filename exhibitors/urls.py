from django.urls import path

from exhibitors.views import applying, catalogue, desk, floor

urlpatterns = [
    path("plan/", floor.plan_index, name="plan-index"),
    path("plan/<slug:hall>/", floor.plan, name="plan"),
    path("areas/", catalogue.areas, name="areas"),
    path("areas/<slug:slug>/", catalogue.area, name="area"),
    path("exhibitors/", catalogue.exhibitors, name="exhibitors"),
    path("exhibitors/<slug:slug>/", catalogue.exhibitor, name="exhibitor"),
    path("exhibit/", applying.exhibit, name="exhibit"),
    path("desk/", desk.desk, name="desk"),
    path("desk/firm/", desk.firm, name="desk-firm"),
    path("desk/applications/<int:pk>/", desk.application, name="application"),
    path("desk/applications/<int:pk>/submit/", desk.submit, name="application-submit"),
    path("desk/applications/<int:pk>/withdraw/", desk.withdraw, name="application-withdraw"),
    path("desk/applications/<int:pk>/accept/", desk.accept, name="application-accept"),
]
