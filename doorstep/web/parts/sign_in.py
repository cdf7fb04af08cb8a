"""Signing in: by e-mail and password; accounts are made by an owner, never by a visitor."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from doorstep.accounts import actions as accounts
from doorstep.accounts import lockout
from doorstep.accounts.values import LANGUAGES
from doorstep.web.parts.pages import public

CHOSEN = "chosen-language"


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; failures are told in our words, the same for an unknown address as for a wrong password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("E-mail and password do not go together. Check both and try again."),
        "too_many_login_attempts": _(
            "Too many wrong passwords, so signing in is paused. Wait five minutes, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures count per person, whichever of our host names they are tried under."""
        return lockout.key_of(str(credentials.get("email", "")))

    def respond_user_inactive(self, request: HttpRequest, user: object) -> HttpResponse:
        messages.error(request, gettext("This account is switched off. Ask an owner to switch it on."))
        return HttpResponseRedirect(settings.LOGIN_URL)

    def post_login(self, request: HttpRequest, user: Any, **facts: Any) -> HttpResponse:
        """Keeps the language that was chosen on the sign-in page; says nothing: the page that opens says enough."""
        chosen = request.session.pop(CHOSEN, None)
        if chosen in LANGUAGES:
            accounts.set_language(user_id=user.pk, language=chosen)
            user.language = chosen
        response = HttpResponseRedirect(facts.get("redirect_url") or settings.LOGIN_REDIRECT_URL)
        keep_language(response, user.language)
        return response


class SignIn(LoginView):  # type: ignore[misc]
    """allauth's sign-in with our page; a wrong password answers 422, a locked account 429."""

    template_name = "accounts/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"form": kwargs.get("form") or self.get_form(), "next": self.get_next_url() or "", "view": self}

    def form_invalid(self, form: Any) -> HttpResponse:
        codes = {error.code for error in form.non_field_errors().as_data()}
        response = self.render_to_response(self.get_context_data(form=form))
        response.status_code = 429 if "too_many_login_attempts" in codes else 422
        return response  # type: ignore[no-any-return]


sign_in = public(SignIn.as_view())


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session and shows the sign-in page."""
    logout(request)
    return HttpResponseRedirect(settings.LOGIN_URL)


def keep_language(response: HttpResponse, language: str) -> None:
    """Tells the browser which language to ask for before anybody is signed in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )  # fmt: skip
