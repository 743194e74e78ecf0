from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


@require_safe
def my_visit(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "visit.html")


@require_safe
def signs(request: HttpRequest, version: str) -> HttpResponse:
    return HttpResponse("", content_type="text/css")
