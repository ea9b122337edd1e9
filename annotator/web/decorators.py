"""View decorators: login, HTTP method, caching. Object permissions are in `access`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotator import access


class SignedInRequest(HttpRequest):
    """A request that passed these decorators: its user is a person."""

    user: User


View = Callable[..., HttpResponseBase]

_POST_ONLY = "takes_posts_only"


def page(view: View) -> View:
    """A page: GET and HEAD only, compressed, and kept by no browser: the next person there sees nothing of it."""
    return gzip_page(never_cache(require_safe(_signed_in(view, _ask_to_log_in))))


def post_page(view: View) -> View:
    """A change: POST only; a page that answers it is compressed."""
    return _marked(gzip_page(require_POST(_signed_in(view, _ask_to_log_in))))


def post_fetch(view: View) -> View:
    """A change that a script asks for: POST only, and a stranger is told in words instead of sent to another page."""
    return _marked(require_POST(_signed_in(view, _refuse_in_words)))


def lead_page(view: View) -> View:
    """A page for those who lead the site or any study; for anybody else it does not exist."""
    return page(_for_leads(view))


def lead_post_page(view: View) -> View:
    """A change by those who lead the site or any study."""
    return post_page(_for_leads(view))


def lead_form(view: View) -> View:
    """A form for those who lead the site or any study: GET shows it, POST sends it."""
    return require_http_methods(["GET", "HEAD", "POST"])(_signed_in(_for_leads(view), _ask_to_log_in))


def opened_from(path: str) -> str:
    """The address itself, or else the nearest above it, that shows a page to who opens it."""
    while path != "/" and not _opens(path):
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return path


def _opens(path: str) -> bool:
    try:
        return not hasattr(resolve(path).func, _POST_ONLY)
    except Resolver404:
        return False


def _marked(view: View) -> View:
    """Known by its mark as a view that shows no page of its own."""
    setattr(view, _POST_ONLY, True)
    return view


def logged_out() -> str:
    """What an open page says when its session has ended."""
    return _("You are logged out. Log in again in another tab; what you typed is kept here and will be sent then.")


def _signed_in(view: View, stranger: Callable[[HttpRequest], HttpResponseBase]) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else stranger(request)

    return checked


def _for_leads(view: View) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        access.require_lead(request.user)
        return view(request, *args, **kwargs)

    return checked


def _ask_to_log_in(request: HttpRequest) -> HttpResponseBase:
    """A page is shown after logging in; a POST cannot be taken up again, so it leads home."""
    return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else "/")


def _refuse_in_words(_request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"refusal": logged_out()}, status=401)
