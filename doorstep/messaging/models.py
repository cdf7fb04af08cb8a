"""Messages that go out."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from doorstep.base.models import Account, Owned
from doorstep.messaging.notices.values import NoticeState
from doorstep.messaging.values import MessageState


class Mailbox(Account):
    """An address at which customers write to the brand: which vendor reads it, and how far."""

    id = models.BigAutoField(primary_key=True)
    address = models.CharField(max_length=254)
    uidvalidity = models.BigIntegerField(db_default=0)
    last_uid = models.BigIntegerField(db_default=0)
    fetched_at = models.DateTimeField(null=True)  # when it was last read to its end
    tried_at = models.DateTimeField(null=True)  # when it last could not be read

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="mailbox_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "address"], name="mailbox_address_once", condition=Q(active=True)
            ),
            models.UniqueConstraint(fields=["slug"], name="mailbox_slug_once"),
        ]

class SmsAccount(Account):
    """A number from which text messages leave, and the vendor that carries them."""

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=20)  # E.164, or the name that stands instead of one

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="sms_account_once"),
            models.UniqueConstraint(fields=["slug"], name="sms_account_slug_once"),
        ]


class Message(Owned):
    """One mail to one person. One key per wish: asking twice sends once."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=100)
    timeline = models.CharField(max_length=60)
    to_address = models.CharField(max_length=254)
    to_name = models.CharField(max_length=200, default="")
    template = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=255)
    text = models.TextField()
    html = models.TextField(default="")
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=8, default=MessageState.QUEUED)
    problem = models.TextField(default="")
    attempts = models.SmallIntegerField(default=0)
    try_after = models.DateTimeField(null=True)  # a server that was away is tried again then
    wanted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, null=True, db_index=False)  # by which it leaves
    reply_to = models.CharField(max_length=254, db_default="")
    in_reply_to = models.TextField(db_default="")
    reference_ids = ArrayField(models.TextField(), db_default=RawSQL("'{}'::text[]", ()))
    auto = models.BooleanField(db_default=True)  # no person wrote it
    way = models.CharField(max_length=4, db_default="mail")  # mail or sms: a text message has a number for its address
    opt_out_url = models.TextField(db_default="")  # where one click ends such mails (RFC 8058)
    account = models.ForeignKey(SmsAccount, on_delete=models.PROTECT, null=True, db_index=False)
    vendor_id = models.CharField(max_length=64, db_default="")  # what the vendor calls a text message
    segments = models.SmallIntegerField(null=True)
    cost_micros = models.BigIntegerField(null=True)  # millionths of the currency: a text costs less than its smallest coin
    cost_currency = models.CharField(max_length=3, db_default="")
    receipt = models.CharField(max_length=12, db_default="")  # delivered or undelivered, as the network told
    receipt_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="message_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in MessageState]), name="message_state_known"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "timeline", "id"], name="message_timeline"),
            models.Index(fields=["wanted_at"], name="message_unsettled", condition=Q(state__in=["queued", "sending"])),
            models.Index(fields=["vendor_id"], name="message_of_vendor", condition=~Q(vendor_id="")),
        ]


class Attachment(Owned):
    """A file that goes with a message; removed never, for it was sent."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, db_index=False)
    position = models.SmallIntegerField()
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=200)
    body = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "message", "position"], name="attachment_once"),
        ]


class NoticeSetting(Owned):
    """Whether a kind of notice goes by a way; without a row it is as the table of kinds says."""

    kind = models.CharField(max_length=30)
    way = models.CharField(max_length=4)
    is_on = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "kind", "way"], name="notice_setting_once")]


class NoticeHours(Owned):
    """When a way keeps quiet, by the customer's clocks."""

    way = models.CharField(max_length=4)
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "way"], name="notice_hours_once")]


class NoticeWords(Owned):
    """What a notice says in a language, where the brand wrote it itself; without a subject, where it took the default again."""

    kind = models.CharField(max_length=30)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    sms = models.TextField()
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "kind", "language"], name="notice_words_once")]


class Notice(Owned):
    """One customer is to hear of one thing by one way.  One key per thing: it is never told twice, and never forgotten."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=100)
    kind = models.CharField(max_length=30)
    way = models.CharField(max_length=4)
    order_id = models.BigIntegerField()  # of the floor above: the id alone
    parcel_id = models.BigIntegerField()  # 0: of the order itself
    address = models.CharField(max_length=254)
    facts = models.JSONField(default=dict)  # what was told with it; the rest is looked up when it is said
    state = models.CharField(max_length=8, default=NoticeState.QUEUED)
    why = models.CharField(max_length=12, db_default="")
    happened_at = models.DateTimeField()
    wanted_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "way", "key"], name="notice_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in NoticeState]), name="notice_state_known"),
            models.CheckConstraint(
                condition=Q(state=NoticeState.DROPPED, why__gt="") | (~Q(state=NoticeState.DROPPED) & Q(why="")),
                name="notice_dropped_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="notice_waiting", condition=Q(state="waiting")),
            models.Index(fields=["organisation_id", "wanted_at"], name="notice_newest"),
            models.Index(fields=["organisation_id", "order_id", "id"], name="notice_of_order"),
            models.Index(fields=["organisation_id", "message"], name="notice_of_message"),
        ]


class OptOut(Owned):
    """Somebody does not want notices at an address; taken back, it ends and the row stays."""

    id = models.BigAutoField(primary_key=True)
    way = models.CharField(max_length=4)
    address = models.CharField(max_length=254)
    source = models.CharField(max_length=12)
    by = models.CharField(max_length=200, db_default="")  # who of the house noted it
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_source = models.CharField(max_length=12, db_default="")
    ended_by = models.CharField(max_length=200, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "way", "address"], name="opt_out_once", condition=Q(ended_at__isnull=True)
            )
        ]
