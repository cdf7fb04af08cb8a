"""Addresses of Settings."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.settings import keys, people, sections, stuck, views, webhooks

app_name = "settings"
urlpatterns = [
    path("", views.index, name="index"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.password, name="password"),
    path("organisation/", views.organisation, name="organisation"),
    path("organisation/change/", views.change_organisation, name="change_organisation"),
    path("staff/", people.people, name="people"),
    path("staff/add/", people.add, name="add_staff"),
    path("staff/<int:id>/role/", people.change_role, name="change_role"),
    path("staff/<int:id>/password/", people.reset_password, name="reset_password"),
    path("staff/<int:id>/remove/", people.remove, name="remove_staff"),
    path("keys/", keys.keys, name="keys"),
    path("keys/make/", keys.make, name="make_key"),
    path("keys/<int:id>/revoke/", keys.revoke, name="revoke_key"),
    path("webhooks/", webhooks.index, name="webhooks"),
    path("webhooks/add/", webhooks.add, name="add_webhook"),
    path("webhooks/<int:id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:id>/change/", webhooks.change, name="change_webhook"),
    path("webhooks/<int:id>/pause/", webhooks.pause, name="pause_webhook"),
    path("webhooks/<int:id>/resume/", webhooks.resume, name="resume_webhook"),
    path("webhooks/<int:id>/secret/", webhooks.change_secret, name="change_webhook_secret"),
    path("webhooks/<int:id>/remove/", webhooks.remove, name="remove_webhook"),
    path("webhooks/<int:id>/replay/", webhooks.replay_dead, name="replay_dead"),
    path("webhooks/deliveries/<int:id>/", webhooks.delivery, name="delivery"),
    path("webhooks/deliveries/<int:id>/replay/", webhooks.replay, name="replay_delivery"),
    path("stuck/", stuck.index, name="stuck"),
    path("stuck/try-again/", stuck.try_again, name="try_again"),
]

navigation.register(
    navigation.Screen("settings", _("Settings"), "settings:index", "settings", "settings:read", key="s"),
    navigation.Command(_("My profile"), "settings:profile", "user", None, _("language theme password")),
    navigation.Command(_("Staff"), "settings:people", "users", "settings:read", _("people roles add remove")),
    navigation.Command(_("API keys"), "settings:keys", "key", "settings:read", _("secret token scopes")),
    navigation.Command(_("Webhooks"), "settings:webhooks", "send", "settings:read", _("events deliveries replay")),
    navigation.Command(_("Stuck work"), "settings:stuck", "alert-triangle", "settings:read", _("failed events retry")),
)
for section in (
    sections.Section(
        "profile", _("Profile"), _("Your name, language, theme and password."), "settings:profile", "user", "you", None
    ),
    sections.Section(
        "organisation", _("Organisation"), _("Name, colour and support address that customers see."),
        "settings:organisation", "building-store", "organisation",
    ),
    sections.Section(
        "people", _("Staff"), _("Who works here, and what their role allows."), "settings:people", "users", "organisation"
    ),
    sections.Section(
        "keys", _("API keys"), _("Secrets for programs that read or write through the API."), "settings:keys", "key",
        "connect",
    ),
    sections.Section(
        "webhooks", _("Webhooks"), _("Addresses of yours that are told what happens, and every delivery."),
        "settings:webhooks", "send", "connect",
    ),
    sections.Section(
        "stuck", _("Stuck work"), _("What broke so often that Doorstep stopped trying, and once more."),
        "settings:stuck", "alert-triangle", "connect",
    ),
):  # fmt: skip
    sections.register(section)
