"""What notices say where the brand wrote nothing: English here, other languages by translation."""

from __future__ import annotations

from collections.abc import Mapping

from doorstep.base.words import gettext_noop
from doorstep.messaging.notices.values import NoticeKind

# Subject, text of the e-mail, text message.
DEFAULTS: Mapping[NoticeKind, tuple[str, str, str]] = {
    NoticeKind.CONFIRMED: (
        gettext_noop("Order {{order.name}}: thank you"),
        gettext_noop(
            "Hello {{customer.name}},\n\nThank you for your order {{order.name}}. We are getting it ready and will write again when"
            " it leaves us.\n**{{order.notes}}**\n\n{{order.items}}\n\n{{tracking.link}}"
        ),
        gettext_noop("{{brand.name}}: thank you for order {{order.name}}.\n{{tracking.link}}"),
    ),
    NoticeKind.DELAYED_BEFORE_SHIPPING: (
        gettext_noop("Order {{order.name}} leaves later than planned"),
        gettext_noop(
            "Hello {{customer.name}},\n\nYour order {{order.name}} leaves us later than we planned. We are sorry.\n"
            "{{delay.reason}}\n\n{{delay.items}}\n\nWe expect to send it from {{delay.until}}.\n{{delay.next}}\n\nYou need not do"
            " anything. If you would rather not wait, answer this message: we cancel it and you get your money back."
            "\n\n{{tracking.link}}"
        ),
        gettext_noop(
            "{{brand.name}}: order {{order.name}} leaves later than planned. We are sorry.\n"
            "Expected to leave from {{delay.until}}.\n{{tracking.link}}"
        ),
    ),
    NoticeKind.SHIPPED: (
        gettext_noop("Order {{order.name}} is on its way"),
        gettext_noop(
            "Hello {{customer.name}},\n\nYour order {{order.name}} is on its way.\n{{order.notes}}\n"
            "This is parcel {{parcel.number}} of {{parcel.count}}.\nYour parcel has left our"
            " warehouse with {{tracking.carrier}}, tracking number {{tracking.number}}.\n"
            "{{tracking.expected}}\n\n{{order.items}}\n\n{{tracking.link}}"
        ),
        gettext_noop(
            "{{brand.name}}: order {{order.name}} is on its way.\n{{tracking.carrier}} {{tracking.number}}\n{{tracking.link}}"
        ),
    ),
    NoticeKind.OUT_FOR_DELIVERY: (
        gettext_noop("Order {{order.name}} arrives today"),
        gettext_noop(
            "Hello {{customer.name}},\n\nYour order {{order.name}} is out for delivery and should be with you today.\n"
            "This is parcel {{parcel.number}} of {{parcel.count}}.\n{{tracking.carrier}} brings it, tracking number"
            " {{tracking.number}}.\n\n{{tracking.link}}"
        ),
        gettext_noop("{{brand.name}}: order {{order.name}} is out for delivery and arrives today.\n{{tracking.link}}"),
    ),
    NoticeKind.AVAILABLE_FOR_PICKUP: (
        gettext_noop("Order {{order.name}} waits for you"),
        gettext_noop(
            "Hello {{customer.name}},\n\nYour order {{order.name}} is ready to be picked up.\nWhere: {{tracking.place}}\n"
            "This is parcel {{parcel.number}} of {{parcel.count}}.\nBring your tracking number:"
            " {{tracking.number}}.\n\n{{tracking.link}}"
        ),
        gettext_noop(
            "{{brand.name}}: order {{order.name}} is ready to be picked up.\n{{tracking.place}}\nNumber: {{tracking.number}}\n"
            "{{tracking.link}}"
        ),
    ),
    NoticeKind.ATTEMPT_FAILED: (
        gettext_noop("Order {{order.name}} could not be delivered yet"),
        gettext_noop(
            "Hello {{customer.name}},\n\nThe carrier tried to deliver your order {{order.name}} and could not.\n"
            "{{tracking.carrier}} says: {{tracking.said}}\nThis is parcel {{parcel.number}} of {{parcel.count}}.\n\n"
            "In most cases they try again on the next working day. The page of your order says what comes next.\n\n"
            "{{tracking.link}}"
        ),
        gettext_noop(
            "{{brand.name}}: order {{order.name}} could not be delivered. The carrier tries again.\n{{tracking.carrier}}"
            " {{tracking.number}}\n{{tracking.link}}"
        ),
    ),
    NoticeKind.DELIVERED: (
        gettext_noop("Order {{order.name}} has been delivered"),
        gettext_noop(
            "Hello {{customer.name}},\n\nThe carrier tells us that your parcel of order {{order.name}} has arrived. We hope you"
            " like it.\nThis is parcel {{parcel.number}} of {{parcel.count}}.\nWhere: {{tracking.place}}\n\n{{order.items}}\n\n"
            "{{tracking.link}}"
        ),
        gettext_noop("{{brand.name}}: order {{order.name}} has been delivered.\n{{tracking.link}}"),
    ),
    NoticeKind.DELAY: (
        gettext_noop("Your parcel of order {{order.name}} takes longer"),
        gettext_noop(
            "Hello {{customer.name}},\n\nYour parcel of order {{order.name}} takes longer than planned, so we write to you before"
            " you have to ask.\n{{delay.reason}}\n{{delay.next}}\nThis is parcel {{parcel.number}} of {{parcel.count}}.\nWe now"
            " expect it on {{delay.until}}.\n\nYou need not do anything; we write when it arrives.\n\n{{tracking.link}}"
        ),
        gettext_noop(
            "{{brand.name}}: your parcel of order {{order.name}} takes longer than planned. We are sorry.\nNow expected on"
            " {{delay.until}}.\n{{tracking.link}}"
        ),
    ),
    NoticeKind.EXCEPTION: (
        gettext_noop("There is a problem with your parcel of order {{order.name}}"),
        gettext_noop(
            "Hello {{customer.name}},\n\nThe carrier tells of a problem with your parcel of order {{order.name}}. A colleague looks"
            " into it and writes to you.\n{{delay.reason}}\n{{tracking.carrier}} says: {{tracking.said}}\nThis is parcel"
            " {{parcel.number}} of {{parcel.count}}.\n\n{{tracking.link}}"
        ),
        gettext_noop(
            "{{brand.name}}: the carrier tells of a problem with order {{order.name}}. We look into it.\n{{tracking.link}}"
        ),
    ),
    NoticeKind.PART_CANCELLED: (
        gettext_noop("Order {{order.name}}: some items are cancelled"),
        gettext_noop(
            "Hello {{customer.name}},\n\nWe could not get these items of your order {{order.name}}, so they are cancelled. We are"
            " sorry.\n\n{{delay.items}}\n\nEverything else of the order is sent as agreed.\n{{delay.next}}\n\nAnswer this message"
            " if you have a question.\n\n{{tracking.link}}"
        ),
        gettext_noop(
            "{{brand.name}}: some items of order {{order.name}} are cancelled. We are sorry.\n{{delay.next}}\n{{tracking.link}}"
        ),
    ),
    NoticeKind.SENT_AGAIN: (
        gettext_noop("Order {{order.again}}: sent again at no charge"),
        gettext_noop(
            "Hello {{customer.name}},\n\nThese items of your order {{order.again}} are sent again at no charge, as order"
            " {{order.name}}. We are getting them ready and will write again when they leave us.\n\n{{order.items}}\n\n"
            "{{tracking.link}}"
        ),
        gettext_noop("{{brand.name}}: items are sent again at no charge, as order {{order.name}}.\n{{tracking.link}}"),
    ),
}
# What stands on the button to the tracking page.
BUTTONS: Mapping[NoticeKind, str] = dict.fromkeys(NoticeKind, gettext_noop("Track your parcel")) | {
    NoticeKind.CONFIRMED: gettext_noop("See your order"),
    NoticeKind.DELAYED_BEFORE_SHIPPING: gettext_noop("See your order"),
    NoticeKind.DELIVERED: gettext_noop("See your order"),
    NoticeKind.SENT_AGAIN: gettext_noop("See your order"),
    NoticeKind.PART_CANCELLED: gettext_noop("See your order"),
}
