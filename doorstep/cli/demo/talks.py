"""Three hundred conversations of the last weeks, filed, answered and sorted by the actions that people use."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from doorstep.base import arrivals
from doorstep.base.ctx import Actor, Ctx
from doorstep.cli.demo import brand, pictures, words
from doorstep.cli.demo.words import Topic
from doorstep.flows import answer, chat
from doorstep.flows.arrivals import process
from doorstep.flows.fetch_mail import CONTENT_TYPE, TOPIC
from doorstep.inbox import actions as inbox
from doorstep.inbox import desk, queries, tokens
from doorstep.inbox.rules import calendar
from doorstep.inbox.values import ConversationState as State
from doorstep.inbox.values import Hours
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow

HOW_MANY = 300
DAYS = 75
CHATS, BY_DAY = 0.22, 0.7
SPAMS = 9
AT_ONCE, TOGETHER = 5, timedelta(hours=8)
NINE_TO_SIX = ((9 * 60, 18 * 60),)
HOURS = Hours("Asia/Seoul", (*[NINE_TO_SIX] * 5, ((10 * 60, 14 * 60),), ()), (), 240, 480)
WITH_PICTURE = ("파손", "damage")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who answers, at which address mail comes in, and by which mailbox."""

    agents: Sequence[Actor]
    address: str
    mailbox_id: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A conversation as it will go.  `age`: since it began."""

    at: datetime
    order: OrderRow
    item: str
    sku: str
    language: str
    topic: Topic
    is_chat: bool


def furnish(ctx: Ctx) -> None:
    """Service hours and macros."""
    desk.set_hours(ctx, hours=HOURS)
    for name, en, ko in words.MACROS:
        desk.save_macro(ctx, macro_id=None, name=name, body_en=en, body_ko=ko)


def fill(ctx: Ctx, *, at: Desk, seed: int) -> None:
    """Lets customers of the last weeks write, oldest first, and the staff answer."""
    dice = random.Random(seed)  # noqa: S311  # a story, no secret
    teller = Teller(ctx, at, dice)
    for batch in _batches(_plans(ctx, dice)):
        for plan, conversation_id in zip(batch, teller.begin(batch), strict=True):
            teller.tell(plan, conversation_id)
    for n in range(SPAMS):
        teller.spam(n)


def _plans(ctx: Ctx, dice: random.Random) -> list[Plan]:
    """Of each conversation: who, when and what about; more of them lately."""
    since = ctx.now - timedelta(days=DAYS + 20)
    bought = [
        o
        for o in orders.list_orders(ctx, where=OrderFilter(placed_from=since.date()), limit=1500)
        if o.state != "cancelled"
    ]
    items = {line.order_id: line for line in orders.lines_of(ctx, order_ids=[o.id for o in bought])}
    moments = sorted(ctx.now - timedelta(days=DAYS * dice.random() ** 1.7, minutes=3) for _ in range(HOW_MANY))
    plans = []
    for moment in moments:
        able = [o for o in bought if timedelta(hours=1) < moment - o.placed_at < timedelta(days=16)]
        order = dice.choice(able or bought)
        language = "ko" if order.country == "KR" else "en"
        topics = words.TOPICS[language]
        topic = dice.choices(topics, [topic.weight for topic in topics])[0]
        is_chat = dice.random() < CHATS
        if (is_chat or dice.random() < BY_DAY) and ctx.now - moment > timedelta(days=1):
            moment = _open_minutes(moment, dice.randint(1, 90))
        plans.append(
            Plan(moment, order, _short(items[order.id].title, language), items[order.id].sku, language, topic, is_chat)
        )
    return sorted(plans, key=lambda plan: plan.at)


def _batches(plans: Sequence[Plan]) -> list[list[Plan]]:
    """Chats one by one; mails of a day as a mailbox that is fetched now and then brings them, a few at once."""
    batches: list[list[Plan]] = []
    for plan in plans:
        last = batches[-1] if batches else []
        is_full = not last or len(last) == AT_ONCE or plan.is_chat or last[0].is_chat
        if is_full or plan.at - last[0].at > TOGETHER:
            batches.append([plan])
        else:
            last.append(plan)
    return [[replace(plan, at=batch[-1].at) for plan in batch] for batch in batches]


def _short(title: str, language: str) -> str:
    """A title as a customer says it: titles are in both languages."""
    english, _, korean = title.partition(" · ")
    return korean if language == "ko" and korean else english


def _open_minutes(since: datetime, minutes: int) -> datetime:
    """So many minutes of service hours later."""
    return calendar.add_minutes(calendar.calendar_of(HOURS), since, minutes)


class Teller:
    """Tells conversations one after the other."""

    def __init__(self, ctx: Ctx, desk: Desk, dice: random.Random) -> None:
        self.ctx, self.desk, self.dice = ctx, desk, dice
        self._mails = self._left = 0
        self._pictures = brand.pictures_of_skus()

    def begin(self, batch: Sequence[Plan]) -> list[int]:
        """Lets customers write for the first time.  Returns: their conversations."""
        if batch[0].is_chat:
            return [self._chat(plan) for plan in batch]
        return self._file([self._mail(plan) for plan in batch], batch[0].at)

    def tell(self, plan: Plan, conversation_id: int) -> None:
        """One conversation, as far as it has come by now."""
        agent = self.dice.choice(self.desk.agents)
        version = queries.get(self.ctx, conversation_id=conversation_id).version
        if self.dice.random() < 0.4:
            sorted_at = self._by(agent, plan.at + timedelta(seconds=20))
            tags = [plan.topic.tag]
            version = inbox.tag(sorted_at, conversation_id=conversation_id, version=version, tags=tags)
        age = self.ctx.now - plan.at
        if age < timedelta(days=2) and self.dice.random() < 0.45:
            self._leave_open(plan, conversation_id, version, agent)
            return
        if self.dice.random() < 0.08:
            note = self._by(agent, plan.at + timedelta(seconds=25))
            text = self.dice.choice(words.NOTES[plan.language])
            version = inbox.note(note, conversation_id=conversation_id, version=version, text=text)
        answered = self._answered_at(plan)
        if answered > self.ctx.now:
            return
        self._answer(plan, conversation_id, version, agent, answered)

    def _leave_open(self, plan: Plan, conversation_id: int, version: int, agent: Actor) -> None:
        """Nobody has answered yet: some have somebody, some sleep."""
        ctx = self._by(agent, min(plan.at + timedelta(minutes=2), self.ctx.now))
        if self.dice.random() < 0.5:
            version = inbox.assign(
                ctx, conversation_id=conversation_id, version=version, assignee_id=agent.id, name=agent.name
            )
        self._left += 1
        if self._left % 5 == 0:
            until = self.ctx.now + timedelta(hours=self.dice.randint(6, 60))
            inbox.move(ctx, conversation_id=conversation_id, version=version, to=State.SNOOZED, until=until)

    def _answered_at(self, plan: Plan) -> datetime:
        if plan.is_chat:
            slow = self.dice.random() < 0.12
            return plan.at + timedelta(seconds=self.dice.randint(240, 600) if slow else self.dice.randint(14, 80))
        return _open_minutes(plan.at, int(min(self.dice.lognormvariate(3.9, 0.9), 420)) + 2)

    def _answer(self, plan: Plan, conversation_id: int, version: int, agent: Actor, at: datetime) -> None:
        is_old = self.ctx.now - at > timedelta(days=4)
        says_thanks = self.dice.random() < 0.3 and self.ctx.now - at > timedelta(hours=8)
        state = State.RESOLVED if (is_old or self.dice.random() < 0.5) and not says_thanks else State.PENDING
        version = answer.reply(
            self._by(agent, at), conversation_id=conversation_id, version=version, text=self._answer_text(plan, agent),
            wish=f"demo-{conversation_id}", state=state,
        )  # fmt: skip
        if says_thanks:
            self._thank(plan, conversation_id, agent, at + timedelta(minutes=self.dice.randint(5, 400)))

    def _thank(self, plan: Plan, conversation_id: int, agent: Actor, at: datetime) -> None:
        """The customer says thank you; somebody puts it away."""
        text = self.dice.choice(words.THANKS[plan.language])
        said = queries.messages_of(self.ctx, conversation_id=conversation_id)
        if plan.is_chat:
            return
        header = next((m.message_id for m in reversed(said) if m.direction == "out"), "")
        to = tokens.reply_address(
            self.desk.address, organisation_id=self.ctx.organisation_id, conversation_id=conversation_id
        )
        mail = self._compose(
            plan, at, subject=f"Re: {queries.get(self.ctx, conversation_id=conversation_id).subject}", text=text, to=to
        )
        mail["In-Reply-To"] = mail["References"] = header
        self._file([mail], at)
        row = queries.get(self.ctx, conversation_id=conversation_id)
        later = min(at + timedelta(minutes=self.dice.randint(10, 200)), self.ctx.now)
        inbox.move(self._by(agent, later), conversation_id=row.id, version=row.version, to=State.RESOLVED)

    def _mail(self, plan: Plan) -> EmailMessage:
        """The mail that opens a conversation."""
        opening, closing = (
            self.dice.choice(words.OPENINGS[plan.language]),
            self.dice.choice(words.CLOSINGS[plan.language]),
        )
        text = self._filled(plan, f"{opening}\n\n{self.dice.choice(plan.topic.asks)}\n\n{closing}\n")
        mail = self._compose(
            plan, plan.at, subject=self._filled(plan, self.dice.choice(plan.topic.subjects)), text=text
        )
        if plan.topic.tag in WITH_PICTURE:
            shown = pictures.broken(*self._pictures[plan.sku])
            mail.add_attachment(shown, "image", "png", filename="IMG_2041.png")
        return mail

    def _chat(self, plan: Plan) -> int:
        """The first line of a visitor of an order's page.  Returns: the conversation."""
        ctx = replace(self.ctx, now=plan.at)
        visitor = chat.Visitor(ctx.organisation_id, f"demo{plan.order.id:08}{plan.at:%H%M%S}", 0, plan.order.id)
        text = self._filled(plan, self.dice.choice(plan.topic.asks))
        return chat.say(ctx, visitor=visitor, text=text, client_id="1", language=plan.language).conversation_id

    def spam(self, n: int) -> None:
        """What nobody asked for, and somebody put away."""
        subject, text = words.SPAM[n % len(words.SPAM)]
        at = self.ctx.now - timedelta(days=n * 6, hours=n + 1)
        mail = self._blank(at, name="", address=f"offers{n}@deals.example", subject=subject, text=text)
        [conversation_id] = self._file([mail], at)
        row = queries.get(self.ctx, conversation_id=conversation_id)
        agent = self._by(self.dice.choice(self.desk.agents), at + timedelta(minutes=30))
        inbox.mark_spam(agent, conversation_id=conversation_id, version=row.version, is_spam=True)

    def _answer_text(self, plan: Plan, agent: Actor) -> str:
        said = self.dice.choice(plan.topic.answers)
        if plan.is_chat:
            return self._filled(plan, said, agent)
        return self._filled(
            plan, f"{words.GREETINGS[plan.language]}\n\n{said}\n\n{words.PARTINGS[plan.language]}", agent
        )

    def _filled(self, plan: Plan, text: str, agent: Actor | None = None) -> str:
        facts = {"order": plan.order.name, "item": plan.item, "name": plan.order.customer_name}
        return text.format(**facts, agent=agent.name if agent else "")

    def _compose(self, plan: Plan, at: datetime, *, subject: str, text: str, to: str = "") -> EmailMessage:
        return self._blank(
            at, name=plan.order.customer_name, address=plan.order.email, subject=subject, text=text, to=to
        )

    def _blank(self, at: datetime, *, name: str, address: str, subject: str, text: str, to: str = "") -> EmailMessage:
        self._mails += 1
        mail = EmailMessage(policy=SMTP)
        mail["From"] = f'"{name}" <{address}>' if name else address
        mail["To"] = to or self.desk.address
        mail["Subject"], mail["Date"] = subject, format_datetime(at)
        mail["Message-ID"] = f"<{self._mails}.{at:%Y%m%d%H%M%S}@{address.rpartition('@')[2]}>"
        mail.set_content(text)
        return mail

    def _file(self, mails: Sequence[EmailMessage], at: datetime) -> list[int]:
        """Keeps mails raw and reads them as if they had just been fetched.  Returns: the conversation of each."""
        ctx = replace(self.ctx, now=at)
        raws = [
            arrivals.Incoming(
                self.desk.mailbox_id,
                str(mail["Message-ID"]),
                TOPIC,
                mail.as_bytes(),
                CONTENT_TYPE,
                source=arrivals.MAIL,
            )
            for mail in mails
        ]
        kept = arrivals.keep(ctx, raws)
        outcomes = process(ctx, arrival_ids=[one.id for one in kept])
        if set(outcomes.values()) != {"processed"}:
            raise RuntimeError(f"mails of the demo were not filed: {outcomes}")
        found = {row.arrival_id: row for row in queries.find_known(ctx, arrival_ids=[one.id for one in kept])}
        return [found[one.id].conversation_id for one in kept]

    def _by(self, agent: Actor, at: datetime) -> Ctx:
        return replace(self.ctx, now=at, actor=agent)
