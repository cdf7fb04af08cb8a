"""The words by which mail programs say that what follows is quoted, or that a machine wrote a line.

Source: what Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Naver and Daum write, in the languages of their users.
"""

from __future__ import annotations

import re

_WROTE = (
    r"wrote|writes|schrieb|a écrit|escribió|escreveu|ha scritto|skrev|skrifaði|schreef|geschreven|"
    r"napisał\(a\)|napisał|написала?|пише|пишет|kirjoitti|yazdı|đã viết|"
    r"写道|寫道|写到|書きました|のメール|작성|님의 말|쓴 글|쓰셨습니다|썼습니다|보낸 내용"
)
_LEADS = r"On|At|Am|Le|Op|Il|El|Em|Den|Dnia|Dne|Vào|Pada|在|于|於"

# A line that may begin an attribution: "On Mon, 1 Feb", "2024년 2월 1일 (목)", "2024. 2. 1.", "понедельник, 6 октября".
ATTRIBUTION_LEAD = re.compile(
    rf"^\W{{0,12}}(?:(?:{_LEADS})(?:\b|\s|(?<=[在于於])).{{0,30}}?\d|"
    r"\d{1,4}\s?[-./년月]\s?\d|\d{1,2}\.?\s\w|\w{3,20},\s\d)",
    re.IGNORECASE,
)
NAMED_LEAD = re.compile(rf"<[^<>\s]*@|(?:{_WROTE})\s*[:：]\s*$", re.IGNORECASE)
WROTE = re.compile(rf"(?<!\w)(?:{_WROTE}|(?<=[님가에)이])(?:작성|쓴 글))(?!\w)", re.IGNORECASE)
DATED = re.compile(r"\d{1,2}[:.시]\s?\d{2}|(?<!\d)(?:19|20)\d{2}(?!\d)|\d{1,2}/\d{1,2}/\d{2}")
ADDRESSED = re.compile(r"<[^<>@]{0,220}@[^<>@]{1,200}>|&lt;[^&\s]{1,200}@|\[mailto:|님이|\byou\b")
ATTRIBUTION_END = re.compile(r"(?:[:：]|\bwrote\s?-{2,})[\s*]*$")
# Old Gmail names nobody's language: "2016-10-24 15:36 GMT+02:00 Foo <foo@example.com>:".
BARE_ATTRIBUTION = re.compile(
    r"^\W{0,6}\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:\s\d{1,2}:\d{2}(?::\d{2})?)?"
    r"(?:\sGMT[+-]\d{1,2}:?\d{2}\s[^\n:]{1,120}|\s[^\n<>]{1,120}<\s?[^<>\s]{1,200}@[^<>\s]{1,200}>):?\s*$"
)

MARKER = re.compile(
    r"^[\s>*_]{0,12}(?:-{2,}|={3,}|_{3,})\s?(?:original (?:message|mail|e-?mail)|reply message|forwarded (?:message|mail)|"
    r"(?:ursprüngliche|original)-?\s?nachricht|weitergeleitete nachricht|mensaje original|mensagem original|"
    r"message d.origine|message original|messaggio originale|oorspronkelijk bericht|originalmeddelande|"
    r"원본 ?(?:메시지|메세지|메일|이메일)|원문|전달된 ?(?:메시지|메세지|메일)|元のメッセージ|原始邮件|原始郵件)\s?"
    r"(?:-{2,}|={3,}|_{3,})[\s*]*$|"
    r"^[\s>*]{0,12}(?:begin forwarded message|전달된 메시지 시작|原始邮件|anfang der weitergeleiteten nachricht)\s?[:：][\s*]*$",
    re.IGNORECASE,
)

_FROM = r"from|von|de|da|från|fra|van|od|보낸 ?사람|보낸 ?이|발신자?|差出人|发件人|寄件者|от"
_OTHER = (
    r"sent|to|cc|bcc|subject|date|reply-to|organization|gesendet|an|betreff|datum|enviado(?: el)?|para|asunto|fecha|assunto|"
    r"risposta|data|a|oggetto|inviato|skickat|till|ämne|envoyé|à|objet|verzonden|aan|onderwerp|sendt|til|emne|"
    r"받는 ?사람|받는 ?이|수신자?|참조|숨은 ?참조|제목|보낸 ?날짜|보낸 ?시간|보낸 ?일시|날짜|일시|宛先|件名|送信日時|日時|"
    r"收件人|主题|主旨|发送时间|日期|抄送|отправлено|кому|тема|дата"
)
HEADER = re.compile(rf"^[\s*>]{{0,12}}(?:{_FROM}|{_OTHER})\s?\*?\s?[:：]", re.IGNORECASE)
FROM_HEADER = re.compile(rf"^[\s*>]{{0,12}}(?:{_FROM})\s?\*?\s?[:：]", re.IGNORECASE)

QUOTE = re.compile(r"^\s{0,3}(?:>|\|(?:\s|$))")
NAMED_QUOTE = re.compile(r"^[A-Za-z]{1,12}>(?:\s|$)")
EMPTY = re.compile(r"^[\s\u200b-\u200f\u2060\ufeff\u1427\u00ad]*$")
DELIMITER = re.compile(r"^\s*(?:[-_=~*#+—–─━]\s?){2,}\s*$")
SIGNATURE = re.compile(r"^\s{0,2}(?:--|—|––) ?$")

_DEVICE = (
    r"(?:my |a |mon |mein\w* |min |mijn |mi |il mio |meu )?[\w\s.'’-]{0,20}(?:iphone|ipad|ipod|mobile|phone|cell|android|galaxy|"
    r"samsung|htc|alcatel|huawei|xiaomi|blackberry|nokia|device|mobil\w*|windows|outlook|mailbox|mail|airmail|yahoo|tablet|"
    r"smartphone|handy|proton\w*|thunderbird|ti-\d+|telefon\w*|handheld|pc|mac|macbook)\b"
)
_SENT = (
    r"sent (?:from|via|with|by|using)|from (?=my )|envoyé (?:depuis|de|à partir de|avec)|enviado (?:desde|do|de|via)|"
    r"inviato da|sendt fra|skickat från|verzonden (?:vanaf|met|via)|wysłane z|отправлено (?:с|из)|"
    r"gesendet (?:von|mit)|get \[?(?=outlook)"
)
_KOREAN_DEVICE = (
    r"(?:i ?phone|i ?pad|아이폰|아이패드|갤럭시|galaxy|삼성|samsung|안드로이드|android|스마트폰|휴대폰|핸드폰|모바일|태블릿|lg|"
    r"네이버 ?메일|naver ?mail|다음 ?메일|한메일|카카오 ?메일|지메일|gmail|outlook|아웃룩|메일 ?앱)"
)
MACHINE_LINE = re.compile(
    rf"^[\s<(\[*_]{{0,6}}(?:(?:{_SENT})[\s\[]{{0,3}}{_DEVICE}.{{0,120}}|"
    rf"\w{{1,30}} from (?:my )?(?:mobile|iphone|ipad|phone|android)|"
    rf"(?:von|diese nachricht wurde von) mein\w{{0,3}} .{{1,60}}gesendet\.?|"
    rf"從我的 .{{1,30}}傳送|我的 ?.{{1,30}}发送|发自我的.{{1,30}}|"
    rf"i(?:phone|pad)から送信|"
    rf"(?:나의|내|제)?\s?.{{0,20}}{_KOREAN_DEVICE}.{{0,20}}(?:에서|로|으로|을 통해|를 통해)\s?(?:보냄|보냈습니다|보낸 메일입니다|"
    rf"보낸 메시지입니다|작성함|작성했습니다|작성되었습니다|발송|전송됨?)[.!]?|"
    rf"(?:ios|android|안드로이드|아이폰)용 ?outlook.{{0,80}}(?:다운로드|받기|가져오기))[\s>)\]*_.]{{0,6}}$",
    re.IGNORECASE,
)
FENCE = re.compile(r"^\s{0,3}```")
