"""View decorators: login, HTTP method, caching. Object permissions are in `access`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator import access
from annotator.access import DELETED_MEANWHILE


class SignedInRequest(HttpRequest):
    """A request that passed these decorators: its user is logged in."""

    user: User


View = Callable[..., HttpResponseBase]

_POST_ONLY = "takes_posts_only"


def page(view: View) -> View:
    """A page: GET and HEAD only, compressed, never cached: the next user of the browser must not see it."""
    return gzip_page(never_cache(require_safe(_signed_in(view, _to_login))))


def post_page(view: View) -> View:
    """A change sent by a form: POST only; the page that answers is compressed."""
    return _mark_post_only(gzip_page(require_POST(_signed_in(view, _to_login))))


def post_fetch(view: View) -> View:
    """A change sent by a script: POST only; without a login it answers 401 in JSON instead of a redirect."""
    return _mark_post_only(require_POST(_signed_in(view, _refuse_as_json)))


def lead_page(view: View) -> View:
    """A page for those who lead the site or any study; 404 for anybody else."""
    return page(_for_leads(view))


def download(view: View) -> View:
    """A file: GET and HEAD only, never cached; not compressed, since a range counts the bytes of the file."""
    return never_cache(require_safe(_signed_in(view, _to_login)))


def lead_post_page(view: View) -> View:
    """A POST by those who lead the site or any study; 404 for anybody else."""
    return post_page(_for_leads(view))


def lead_form(view: View) -> View:
    """A form for those who lead the site or any study: GET shows it, POST sends it."""
    return require_http_methods(["GET", "HEAD", "POST"])(_signed_in(_for_leads(view), _to_login))


def opened_from(path: str) -> str:
    """`path`, or its nearest parent that answers a GET with a page."""
    while path != "/" and not _opens(path):
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return path


def _opens(path: str) -> bool:
    try:
        return not hasattr(resolve(path).func, _POST_ONLY)
    except Resolver404:
        return False


def _mark_post_only(view: View) -> View:
    """Mark a view as one that answers no GET, for `opened_from`."""
    setattr(view, _POST_ONLY, True)
    return view


def logged_out() -> str:
    """The sentence of an open page whose session has ended."""
    return _("You are logged out. Log in again in another tab; what you typed is kept here and will be sent then.")


def _signed_in(view: View, anonymous: Callable[[HttpRequest], HttpResponseBase]) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return anonymous(request)
        try:
            return view(request, *args, **kwargs)
        except DELETED_MEANWHILE:
            raise Http404 from None

    return checked


def _for_leads(view: View) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        access.require_lead(request.user)
        return view(request, *args, **kwargs)

    return checked


def _to_login(request: HttpRequest) -> HttpResponseBase:
    """Redirect to the login page, and back to a GET afterwards; a POST cannot be repeated, so it leads home."""
    return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else reverse("home"))


def _refuse_as_json(_request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"refusal": logged_out()}, status=401)
