"""The only file that names a provider: ports get their vendors, the outbox learns what flows await, and refusals
what pages call a state."""

from __future__ import annotations

from doorstep.base import outbox, problems, retries
from doorstep.channels.port import senders, shops
from doorstep.flows.reactions import REACTIONS
from doorstep.fulfilment.port import printers, warehouses
from doorstep.messaging.port import mailboxes, mailers, texters
from doorstep.payments.port import payments
from doorstep.providers.amazon.client import Amazon
from doorstep.providers.dhl.client import Dhl
from doorstep.providers.easypost.client import EasyPost
from doorstep.providers.imap.client import ImapMailbox
from doorstep.providers.mail_folder.client import FolderMailer
from doorstep.providers.own_rates.client import OwnRates
from doorstep.providers.printing.client import CupsPrinter, FolderPrinter, RawPrinter
from doorstep.providers.sandbox_carrier.client import SandboxCarrier
from doorstep.providers.sandbox_mailbox.client import SandboxMailbox, SandboxMailer
from doorstep.providers.sandbox_payment.client import SandboxPayment
from doorstep.providers.sandbox_phone.client import SandboxPhone
from doorstep.providers.sandbox_shop.client import SandboxShop
from doorstep.providers.sandbox_warehouse.client import SandboxWarehouse
from doorstep.providers.shopify.client import Shopify
from doorstep.providers.smtp.client import SmtpMailer
from doorstep.providers.twilio.client import Twilio
from doorstep.providers.ups.client import Ups
from doorstep.providers.webhooks.client import HttpSender
from doorstep.providers.woocommerce.client import WooCommerce
from doorstep.shipping.port import carriers
from doorstep.web.parts import states


def wire() -> None:
    """Called once per process, when Django is ready."""
    retries.log_names_only()
    outbox.awaited.update(REACTIONS)
    problems.states_are_called = states.called
    mailers.register("smtp", SmtpMailer)
    mailers.register("folder", FolderMailer)
    mailers.register("sandbox_mailbox", SandboxMailer)
    mailboxes.register("sandbox_mailbox", SandboxMailbox)
    mailboxes.register("imap", ImapMailbox)
    texters.register("sandbox_phone", SandboxPhone)
    texters.register("twilio", Twilio)
    carriers.register("sandbox_carrier", SandboxCarrier)
    carriers.register("easypost", EasyPost)
    carriers.register("own_rates", OwnRates)
    carriers.register("ups", Ups)
    carriers.register("dhl", Dhl)
    payments.register("sandbox_payment", SandboxPayment)
    warehouses.register("sandbox_warehouse", SandboxWarehouse)
    printers.register("folder", FolderPrinter)
    printers.register("cups", CupsPrinter)
    printers.register("raw", RawPrinter)
    shops.register("sandbox_shop", SandboxShop)
    shops.register("woocommerce", WooCommerce)
    shops.register("amazon", Amazon)
    shops.register("shopify", Shopify)
    senders.register("http", HttpSender)
