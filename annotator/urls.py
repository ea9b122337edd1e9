"""URL roots: the screens at `/`, REST below `/api/v1/`."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("annotator.api.urls")),
    path("", include("annotator.web.urls")),
]

handler500 = "annotator.web.machine_failures.server_error"
handler400 = "annotator.api.exceptions.unreadable"
handler404 = "annotator.api.exceptions.not_found"
