"""How customers ask in English where an order is, and what keeps us from being sure that they do."""

from __future__ import annotations

# A name, and the patterns that stand for it.
Named = tuple[tuple[str, ...], ...]

_ORDER = r"(?:order|purchase|parcel|package|shipment|delivery|item|product|article|goods|stuff|box)s?"
_SENT = r"(?:order|purchase|parcel|package|shipment|delivery)s?"
_OWN = rf"(?:my|the|this|our|that)\b[^,;]{{0,30}}?\b{_ORDER}"
_COMES = r"\b(?:arriv\w*|come|came|coming|(?:get )?here|shown up|(?:be )?delivered|ship(?:s|ped|ping)?|sent|moved|dispatched)\b"
_LEFT = r"\b(?:ship(?:ped)?|sent|dispatched|left|gone out|on (?:its|the) way)\b"
_GET = r"(?:get|getting|receive|receiving|expect|have)"
_NOT = r"(?:not|never|n'?t|nothing|no|yet to)"

RULES: Named = (
    ("where", rf"\bwhere(?:'s|s| is| are| r)\b[^,;]{{0,20}}\b(?:{_ORDER}|ordered)\b"),
    ("where", rf"\b(?:track|tracking|trace|tracing|locate|locating|find)\s(?:my |the |an? |our |last )*{_SENT}\b"),
    ("where", rf"\b(?:where|whereabouts)\b[^,;]{{0,4}}?\b{_OWN}\b[^,;]{{0,20}}?\b(?:is|are)\b"),
    ("where", rf"\bwhereabouts of {_OWN}\b"),
    ("state", rf"\b(?:status|progress) (?:of|on|for) (?:my |the |our |this )*{_SENT}\b"),
    ("state",
        rf"\b{_SENT}\b(?:'s)?(?: no\.?| number| id)?(?: ?#?[\w-]*\d[\w-]*)?(?: current| delivery| shipping)* status\b"),
    ("state", r"^(?:check |checking |see )?(?:order|delivery|shipping|shipment|parcel) status\b"),
    ("state", rf"\b(?:update|news)s? (?:on|about|regarding|for) (?:my |the |our |this )*{_SENT}\b"),
    ("estimate",
        rf"\b(?:eta|estimated time of arrival|(?:estimated |expected )?(?:delivery|arrival) date) (?:of|for|on) {_OWN}\b"),
    ("estimate", rf"\b(?:eta|estimated time of arrival) (?:of|for|on) {_SENT}\b"),
    ("when",
        rf"\bwhen(?:'s| is| are| will| can| should| do| does)?\b[^,;]{{0,20}}?\b{_OWN}\b[^,;]{{0,20}}{_COMES}"),
    ("when",
        rf"\bwhen (?:will|do|can|should|am) (?:i|we) (?:going to |gonna )?{_GET} (?:{_OWN}|{_SENT})\b"),
    ("when",
        r"\bwhen (?:will|is|does) it (?:going to |gonna )?(?:arrive|arriving|come|coming|be delivered|get here|ship)\b"),
    ("when", rf"\bhow (?:soon|long until|much longer)\b[^,;]{{0,20}}?\b(?:my|the|our)\b[^,;]{{0,20}}?\b{_ORDER}\b"),
    ("when", rf"\bhow long\b[^,;]{{0,20}}\bmy\b[^,;]{{0,20}}?\b{_ORDER}\b[^,;]{{0,10}}\b(?:arrive|come|get here)\b"),
    ("sent",
        rf"\b(?:has|have|did|was|were|is)(?:n'?t)?\b[^,;]{{0,10}}?\b{_OWN}\b[^,;]{{0,12}}{_LEFT}"),
    ("not_here",
        rf"\b{_OWN}\b[^,;]{{0,25}}(?:\b{_NOT}|n'?t)\b[^,;]{{0,20}}{_COMES}"),
    ("not_here",
        rf"(?:\b{_NOT}|n'?t)\b[^,;]{{0,20}}\b(?:receiv(?:e|ed)|got|gotten|get|seen)\b[^,;]{{0,15}}\b{_OWN}\b"),
    ("sent", r"\bhas it (?:been )?(?:shipped|sent|dispatched|left)\b"),
    ("not_here", rf"\b(?:waiting|wait) (?:for|on) {_OWN}\b"),
    ("not_here", rf"\b{_SENT}\b.{{0,25}}\bstill waiting\b"),
    ("not_here",
        rf"\border(?:ed)?\b.{{0,60}}(?:\b{_NOT}|n'?t)\b[^;]{{0,20}}\b(?:receiv(?:e|ed)|arrived?|come|shown up|shipped|here)\b"),
    ("not_here", rf"\b(?:{_SENT})\b[^,;]{{0,15}}\b(?:late|delayed|overdue|lost)\b"),
    ("not_found",
        r"\b(?:delivered|left at)\b[^;]{0,50}(?:\bnot\b|n'?t\b|\bnever\b|\bnothing\b|\bno (?:parcel|package|sign)\b)"),
    ("stuck",
        rf"\b(?:tracking|{_SENT}|it)\b[^;]{{0,25}}\b(?:stuck|no (?:update|movement)|not (?:moved|moving|updat\w+))\b"),
    ("stuck", rf"\b(?:tracking|{_SENT})\b[^;]{{0,15}}n'?t (?:been )?(?:moved|moving|updat\w+|work\w*|chang\w+)\b"),
    ("number",
        r"\b(?:tracking (?:number|link|code|info\w*)|track(?:ing)?)\b[^;]{0,25}(?:\bnot|n'?t|\bno|\binvalid|\bnothing)\b"),
    ("number",
        r"\b(?:what(?:'s| is)|send|give|need|where(?:'s| is)|have|resend)\b[^;]{0,15}\btracking (?:number|link|code)\b"),
)  # fmt: skip

# What is about something else than an order on its way, whatever else is said.
ELSEWHERE: Named = (
    ("return",
        r"\breturn(?:s|ed|ing)?\b", r"\bsen[dt] (?:it |them |this )?back\b", r"\bpick(?:ed|ing)? ?up\b",
        r"\bcourier\b.{0,20}\bcollect"),
    ("money",
        r"\b(?:refund|rebate|reimburs|restitution|compensation|reclamation)\w*", r"\bmoney back\b",
        r"\bstore credit\b"),
    ("exchange", r"\b(?:exchange|replacement|swap)\w*"),
    ("before_ordering",
        r"\bif (?:i|we) (?:order|buy|purchase|place)\w*", r"\b(?:before|if) ordering\b",
        r"\bdo (?:yo)?u (?:ship|deliver|send)\b",
        r"\b(?:place|placing|make|making) an? (?:new )?(?:order|purchase)\b",
        r"\b(?:want|like|going|wish|planning|thinking) (?:to|of) (?:order|buy|purchas)\w*",
        r"\bcan i (?:order|buy)\b"),
    ("in_general",
        r"\busual(?:ly)?\b", r"\bnormal(?:ly)?\b", r"\btypical(?:ly)?\b", r"\bgeneral(?:ly)?\b", r"\baverage\b",
        r"\b(?:delivery|shipping|shipment) (?:periods?|times|options?|methods?|costs?|fees?|charges?|polic\w+|prices?)\b",
        r"\b(?:options?|methods?) (?:for|of) (?:delivery|shipping|shipment)\b", r"\bhow much\b",
        r"\b(?:ship|deliver|shipping|delivery) to (?!arrive|come|be\b|get)"),
    ("stock", r"\bback in stock\b|\brestock\w*|\bin stock\b|\bsold out\b"),
    ("goods_question",
        r"\b(?:made|manufactured|produced|imported)\b", r"\b(?:are|was|were|is|come) (?:[\w' ]+ )?from\b"),
    ("repair", r"\brepair\w*|\bwarranty\b"),
    ("account",
        r"\b(?:account|profile|password|passcode|log ?in|sign ?up|registr\w*|register\w*)\b",
        r"\b(?:newsletter|subscription|(?:un)?subscribe)\b"),
    ("answer",
        r"\b(?:reply|response|answer)\b", r"\b(?:my|the) (?:ticket|inquiry|complaint|question)\b",
        r"\bconfirm\w*", r"\be-?mails?\b"),
)  # fmt: skip

# What is a wish of its own: with it, the state alone is no answer.
BESIDES: Named = (
    ("cancel", r"\b(?:cancel|withdraw)\w*|\b(?:do not|don'?t|no longer) (?:want|need)\b"),
    ("change",
        r"\b(?:chang|edit|modif|switch|correct|amend|add|remov|delet|redirect|rerout)(?:e|es|ed|ing|ying|y)?\b",
        r"\baddress\b", r"\bupdate (?:my|the) (?!order\b)", r"\binstead\b", r"\bupgrade\b"),
    ("paper", r"\b(?:invoice|bill|receipt)s?\b"),
    ("payment", r"\b(?:pay|paid|payment|charged|card|discount|coupon|voucher|price)\w*\b"),
    ("goods",
        r"\b(?:damaged|broken|defective|faulty|cracked|torn|wrong|incorrect|missing|incomplete|spoiled|leak\w*|empty)\b"),
    ("condition", r"\b(?:if|unless|otherwise|or else|in case|would it be possible to (?!locat|track|see|check))\b"),
    ("denial",
        r"\bnot (?:asking|about|wondering)\b", r"\bno need\b", r"\b(?:found|figured) (?:it|out)\b",
        r"\bnever ?mind\b", r"\balready (?:know|have|track)\w*"),
    ("handover",
        r"\b(?:neighbou?r|concierge|vacation|holiday|postpone|reschedul)\w*",
        r"\bwon'?t be (?:home|in|there|here)\b", r"\bnot (?:be )?(?:at )?home\b", r"\b(?:leave|hold) (?:it|the|my)\b"),
    ("complaint",
        r"\b(?:complain|claim|lawyer|lawsuit|legal|police|chargeback|dispute|scam|fraud)\w*",
        r"\b(?:stolen|theft|thief|sue|rude|unprofessional)\b",
        r"\b(?:review|feedback)\b"),
    ("person", r"\b(?:human|agent|representative|manager|supervisor|someone|call me|phone me)\b"),
    ("past",
        r"\b(?:last time|previous(?:ly)?|used to|thanks for|thank you for (?:the|delivering|shipping|sending))\b"),
)  # fmt: skip

# Weak signs: enough to count a contact, never enough to answer it.
SIGNS = (
    r"\btrack\w*\b",
    rf"\b(?:where(?:'s| is| are)|when|eta|status|late|delay\w*|lost|stuck)\b.{{0,60}}\b{_ORDER}\b",
    rf"\b{_ORDER}\b.{{0,60}}\b(?:when|eta|status|late|delay\w*|lost|stuck|arriv\w*|locat\w*)\b",
    rf"\b(?:estimated time|locat\w*|how soon|how long)\b.{{0,60}}\b{_ORDER}\b",
    r"(?:\bnot|n'?t|\bnever)\b.{0,20}\b(?:arrived?|received?|come|delivered|shipped)\b",
)

# It came, so the question is another one; first what says that it did not come is put aside.
CAME = r"\b(?:received|got|arrived|came|has come|showed up|delivered (?:on|to|fine|today|yesterday))\b"
DENIED = (
    rf"\b(?:have|has|had|'ve) got to\b|"
    rf"(?:\b{_NOT}|n'?t|\bwithout|\byet|\bhas|\bdid|\bwhen|\bexpected to have)\b[^.;!?]{{0,25}}?"
    r"\b(?:receiv(?:ed|e|ing)|got|arrived|came|come|delivered)\b"
)

# Sentences that only lead in or ask kindly.
COURTESY = (
    r"\bhelp\b|\bplease(?: (?:check|help|tell|let|advise|look|find|see|update)\b|[ .!?]*$)|\blet me know\b|\bcheck\b|\blook into\b|"
    r"\bhow (?:are you|do i do it|can i do it|to do it|could i do it)\b|\bwhat'?s going on\b|"
    r"\bany (?:update|news|idea)s?\b|\btell me\b|\bassist\w*\b|\bhappen(?:ed|ing)?\b|\bwhy\b|\bhow come\b|"
    r"\bwhat do i do\b"
)
WISHES = r"\?\s*$|\b(?:i want|i would like|i'd like|i need|could you|can you|please)\b"
