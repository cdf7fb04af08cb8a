"""Payment accounts, the money of orders, what providers were asked, the ledger, and store credit."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL

from doorstep.base.models import Owned, SubscribedAccount
from doorstep.payments.till.values import TillKind
from doorstep.payments.values import CallKind, CallState, EntryKind, PayState


class Account(SubscribedAccount):
    """An account with a payment provider: which vendor speaks for it, and with which settings."""


    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="payment_account_once"),
            models.UniqueConstraint(fields=["slug"], name="payment_account_slug_once"),
        ]


class Payment(Owned):
    """The money of one order.  Without an account somebody else takes it: a channel, or a person in cash."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, db_index=False)
    method = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    authorised_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()
    refund_open_minor = models.BigIntegerField()  # granted, and not settled yet
    credited_minor = models.BigIntegerField(default=0, db_default=0)
    capture_before = models.DateTimeField(null=True)
    vendor_id = models.CharField(max_length=80)
    state = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order"], name="payment_once"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in PayState]), name="payment_state_known"),
            models.CheckConstraint(
                condition=Q(refund_open_minor__gte=0, refunded_minor__gte=0)
                & Q(captured_minor__gte=F("refunded_minor") + F("refund_open_minor"))
                & Q(authorised_minor__gte=F("captured_minor")),
                name="payment_never_above",
            ),
        ]


class Call(Owned):
    """One wish to a provider and what became of it: one key per wish, so a retry can never do it twice."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=120)
    vendor_key = models.CharField(max_length=60, db_default=RawSQL("replace(gen_random_uuid()::text, '-', '')", ()))
    amount_minor = models.BigIntegerField()
    subject = models.CharField(max_length=60)
    reason = models.CharField(max_length=300)
    shares = models.JSONField()
    state = models.CharField(max_length=10, default=CallState.WANTED)
    vendor_id = models.CharField(max_length=80)
    problem = models.TextField()
    asked_times = models.IntegerField(default=0)
    by = models.CharField(max_length=120)
    wanted_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)  # when the provider was last asked, for the order in which it is asked again
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="call_key_once"),
            models.UniqueConstraint(fields=["vendor_key"], name="call_vendor_key_once"),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in CallKind]), name="call_kind_known"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in CallState]), name="call_state_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="call_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "payment"], name="call_of_payment"),
            models.Index(
                fields=["organisation_id", "wanted_at"], name="call_for_people",
                condition=Q(kind="refund", state="wanted") | Q(kind="capture", state="failed"),
            ),
            models.Index(
                fields=["wanted_at"], name="call_unsettled", condition=Q(state__in=["wanted", "pending", "unknown"])
            ),
        ]


class Credit(Owned):
    """Store credit of a customer, one row per grant; never changed."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    key = models.CharField(max_length=120)
    subject = models.CharField(max_length=60)
    shares = models.JSONField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="credit_key_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="credit_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "customer", "currency"], name="credit_of_customer"),
            models.Index(fields=["organisation_id", "order"], name="credit_of_order"),
        ]


class Entry(Owned):
    """A line in an order's ledger: written once, never changed; every figure on a screen is a sum of these."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    kind = models.CharField(max_length=14)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, db_index=False)
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, null=True, db_index=False)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in EntryKind]), name="entry_kind_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="entry_amount_positive"),
        ]
        indexes = [models.Index(fields=["organisation_id", "order", "id"], name="entry_of_order")]


class TillShift(Owned):
    """The drawer of a shop from when it was opened with some cash until it was counted; one is open per shop."""

    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    currency = models.CharField(max_length=3)
    opening_minor = models.BigIntegerField()
    opened_by = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    expected_minor = models.BigIntegerField(null=True)  # the cash that had to be there when it was counted
    counted_minor = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, db_default="")  # of a difference
    closed_by = models.CharField(max_length=120, db_default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "location"], condition=Q(closed_at=None), name="till_shift_open_once"
            ),
            models.CheckConstraint(condition=Q(opening_minor__gte=0), name="till_shift_opening_known"),
            models.CheckConstraint(
                condition=Q(closed_at=None, counted_minor=None, expected_minor=None)
                | Q(closed_at__isnull=False, counted_minor__gte=0, expected_minor__isnull=False),
                name="till_shift_counted_when_closed",
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "location", "-opened_at"], name="till_shift_newest")]


class TillCharge(Owned):
    """One wish to a provider to take money from a card in a shop, or to give it back to one; as `Call`, one key per wish."""

    id = models.BigAutoField(primary_key=True)
    shift = models.ForeignKey(TillShift, on_delete=models.PROTECT, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=120)
    vendor_key = models.CharField(max_length=60, db_default=RawSQL("replace(gen_random_uuid()::text, '-', '')", ()))
    method = models.CharField(max_length=100)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default=CallState.WANTED)
    vendor_id = models.CharField(max_length=80, db_default="")
    payment = models.CharField(max_length=80, db_default="")  # the provider's number of what was authorised
    problem = models.CharField(max_length=500, db_default="")
    by = models.CharField(max_length=120)
    wanted_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "key"], name="till_charge_key_once"),
            models.UniqueConstraint(fields=["vendor_key"], name="till_charge_vendor_key_once"),
            models.CheckConstraint(condition=Q(kind__in=["capture", "refund"]), name="till_charge_kind_known"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in CallState]), name="till_charge_state_known"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="till_charge_amount_positive"),
        ]
        indexes = [models.Index(fields=["organisation_id", "shift"], name="till_charge_of_shift")]


class TillTaking(Owned):
    """Money that crossed the counter for an order, by kind: taken where it is positive, given back where it is negative."""

    id = models.BigAutoField(primary_key=True)
    shift = models.ForeignKey(TillShift, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=14)
    amount_minor = models.BigIntegerField()
    handed_minor = models.BigIntegerField()  # the cash that the customer gave; more than the amount where there was change
    charge = models.ForeignKey(TillCharge, on_delete=models.PROTECT, null=True, db_index=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, db_index=False)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "charge"], name="till_taking_charge_once"),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in TillKind]), name="till_taking_kind_known"),
            models.CheckConstraint(
                condition=~Q(amount_minor=0) & Q(handed_minor__gte=F("amount_minor")), name="till_taking_of_something"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "shift", "id"], name="till_taking_of_shift"),
            models.Index(fields=["organisation_id", "order"], name="till_taking_of_order"),
        ]


class TillPaper(Owned):
    """How the receipts of a shop are headed, and the last number that one of them bears."""

    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    name = models.CharField(max_length=120, db_default="")
    registration = models.CharField(max_length=40, db_default="")
    footer = models.CharField(max_length=300, db_default="")
    rates = models.JSONField(db_default={})  # basis points by category of products, "" for all others
    voucher_days = models.IntegerField(db_default=0)  # for how long store credit may be spent; 0: without an end
    last_number = models.IntegerField(db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "location"], name="till_paper_once"),
            models.CheckConstraint(condition=Q(last_number__gte=0), name="till_paper_number_known"),
        ]


class TillDocument(Owned):
    """A receipt as it was issued: of a sale, or of what was given back over the counter.  It never changes."""

    id = models.BigAutoField(primary_key=True)
    location = models.ForeignKey("locations.Location", on_delete=models.PROTECT, db_index=False)
    shift = models.ForeignKey(TillShift, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, db_index=False)
    kind = models.CharField(max_length=6)
    number = models.IntegerField()
    code = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    taxes = models.JSONField()  # per rate: `rate_bp`, `gross_minor`, `tax_minor`
    parts = models.JSONField()  # of a sale: rate and price by line of the order, and the reasons of discounts
    name = models.CharField(max_length=120)
    registration = models.CharField(max_length=40)
    footer = models.CharField(max_length=300)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "location", "number"], name="till_document_number_once"),
            models.UniqueConstraint(
                fields=["organisation_id", "order"], condition=Q(kind="sale"), name="till_document_of_sale_once"
            ),
            models.UniqueConstraint(fields=["organisation_id", "call"], name="till_document_of_refund_once"),
            models.CheckConstraint(
                condition=Q(kind="sale", total_minor__gte=0, call=None)
                | Q(kind="refund", total_minor__lt=0, call__isnull=False),
                name="till_document_kind_known",
            ),
        ]
        indexes = [models.Index(fields=["organisation_id", "order"], name="till_document_of_order")]


class TillVoucher(Owned):
    """Store credit that was granted in place of a refund; whoever has its code may spend it."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, db_index=False)
    expires_on = models.DateField(null=True)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "code"], name="till_voucher_code_once"),
            models.UniqueConstraint(fields=["organisation_id", "call"], name="till_voucher_of_refund_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, balance_minor__gte=0, balance_minor__lte=F("amount_minor")),
                name="till_voucher_balance_known",
            ),
        ]


class TillVoucherUse(Owned):
    """What of a voucher paid for one order."""

    id = models.BigAutoField(primary_key=True)
    voucher = models.ForeignKey(TillVoucher, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, db_index=False)
    amount_minor = models.BigIntegerField()
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "order", "voucher"], name="till_voucher_use_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="till_voucher_use_positive"),
        ]
        indexes = [models.Index(fields=["organisation_id", "voucher"], name="till_voucher_uses")]
