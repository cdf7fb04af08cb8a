"""Addresses of Settings, Text messages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from doorstep.web.parts import navigation
from doorstep.web.settings import sections
from doorstep.web.texting import telling, views

app_name = "texting"
urlpatterns = views.Numbers().paths()

navigation.register_command(
    navigation.Command(_("Text messages"), "texting:index", "message", "settings:read", _("sms texts twilio number"))
)
sections.register(
    sections.Section(
        "texting", _("Text messages"), _("The number that texts leave from, and who carries them."), "texting:index", "message",
        "connect",
    )
)  # fmt: skip
telling.register()
