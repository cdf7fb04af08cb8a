"""What is new in an answer stays, what was quoted folds, whichever program wrote it."""

from __future__ import annotations

import pytest

from doorstep.messaging.reading.folding import fold
from doorstep.messaging.tests.test_reading import MAILS

ANSWER = "네, M 사이즈로 교환해 주세요.\n감사합니다."
PAIRS = MAILS / "reply_trimmer" / "test"

QUOTES = {
    "gmail ko": "2026년 11월 25일 (수) 오전 10:00, 모루 고객센터 <help@moru.example>님이 작성:\n\n"
    "> 안녕하세요.\n> 도와드릴까요?",
    "gmail ko wrapped": "2026년 11월 25일 (수) 오전 10:00, 모루 고객센터 <\nhelp@moru.example>님이 작성:\n\n> 안녕하세요.",
    "gmail ko app": "2026년 11월 25일 (수) 10:00, 모루 <help@moru.example>님이 작성:\n안녕하세요.\n도와드릴까요?",
    "gmail en": "On Wed, Nov 25, 2026 at 10:00 AM Moru <help@moru.example> wrote:\n\n> Hello.",
    "outlook ko": "________________________________\n보낸 사람: 모루 <help@moru.example>\n"
    "보낸 날짜: 2026년 11월 25일 수요일 오전 10:00\n"
    "받는 사람: 김민서 <minseo@example.com>\n제목: Re: 교환\n\n안녕하세요.",
    "outlook ko bare": "보낸 사람: 모루\n보낸 날짜: 2026년 11월 25일\n받는 사람: 김민서\n참조: x\n제목: Re: 교환\n\n안녕하세요.",
    "outlook en": "From: Moru <help@moru.example>\nSent: Wednesday, November 25, 2026 10:00 AM\n"
    "To: Kim\nSubject: RE: Exchange\n\nHello.",
    "outlook classic": "-----Original Message-----\nFrom: Moru\nSent: Wednesday\nTo: Kim\nSubject: x\n\nHello.",
    "outlook ko classic": "-----원본 메시지-----\n보낸 사람: 모루\n보낸 날짜: 수요일\n받는 사람: 김\n제목: x\n\n안녕하세요.",
    "apple ko": "2026. 11. 25. 오전 10:00, 모루 <help@moru.example> 작성:\n\n> 안녕하세요.",
    "apple ko quoted": "> 2026. 11. 25. 오전 10:00, 모루 <help@moru.example> 작성:\n> \n> 안녕하세요.",
    "apple en": "> On 25 Nov 2026, at 10:00, Moru <help@moru.example> wrote:\n> \n> Hello.",
    "naver": '-----Original Message-----\nFrom: "모루" <help@moru.example>\nTo: <minseo@naver.com>;\nCc:\n'
    "Sent: 2026-11-25 (수) 10:00:00 (GMT+09:00)\nSubject: Re: 교환\n\n안녕하세요.",
    "daum": "--------- 원본 메일 ---------\n보낸사람 : 모루 <help@moru.example>\n"
    "받는사람 : 김민서\n날짜: 2026년 11월 25일\n제목: 교환\n안녕",
    "thunderbird ko": "2026-11-25 오전 10:00에 모루 이(가) 쓴 글:\n> 안녕하세요.",
    "forwarded ko": "---------- 전달된 메시지 ---------\n보낸사람: 모루 <help@moru.example>\nDate: 2026\nSubject: x\nTo: y\n\n안녕",
    "bare quotes": "> 안녕하세요.\n> 도와드릴까요?",
}


@pytest.mark.parametrize("program", QUOTES)
def test_an_answer_above_a_quote_stands_alone(program: str) -> None:
    fresh, quoted = fold(f"{ANSWER}\n\n{QUOTES[program]}")
    assert fresh == ANSWER
    assert quoted.split() == QUOTES[program].split()


@pytest.mark.parametrize("program", ["gmail ko", "gmail en", "apple ko", "thunderbird ko"])
def test_an_answer_below_a_quote_stands_alone(program: str) -> None:
    assert fold(f"{QUOTES[program]}\n\n{ANSWER}")[0] == ANSWER


def test_answers_between_quoted_lines_stay_with_their_questions() -> None:
    text = "답장드립니다.\n\n"
    text += "2026년 11월 25일 (수) 오전 10:00, 모루 <help@moru.example>님이 작성:\n"
    text += "> 사이즈는요?\nM이요.\n> 색상은요?\n검정이요.\n"
    assert fold(text)[0] == "답장드립니다.\n\n> 사이즈는요?\nM이요.\n> 색상은요?\n검정이요."


@pytest.mark.parametrize(
    "line",
    ["Sent from my iPhone", "나의 iPhone에서 보냄", "내 iPhone에서 보냄", "iPhone에서 보냄", "갤럭시에서 보냄",
     "내 Galaxy에서 보냈습니다.",
     "Galaxy에서 보냄", "삼성 스마트폰에서 보냄", "네이버 메일앱에서 보냈습니다.",
     "Android용 Outlook 다운로드", "Get Outlook for iOS",
     "iOS용 Outlook<https://aka.ms/o0ukef> 다운로드", "Sent from my Galaxy", "휴대폰에서 보냄", "다음메일 앱에서 보냄"],
)  # fmt: skip
def test_a_phone_says_nothing(line: str) -> None:
    assert fold(f"{ANSWER}\n\n{line}") == (ANSWER, line)
    assert fold(f"{ANSWER}\n\n{line}\n\n{QUOTES['gmail ko']}")[0] == ANSWER


def test_a_signature_folds() -> None:
    assert fold(f"{ANSWER}\n\n-- \n김민서\n010-0000-0000") == (ANSWER, "-- \n김민서\n010-0000-0000")
    assert fold(f"{ANSWER}\n\n--\nKim\n\n{QUOTES['naver']}")[0] == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "주소: 서울시 중구\n받는 사람: 김민서\n전화: 010-0000-0000\n\n으로 보내 주세요.",
        "제목: 교환 요청\n날짜: 내일까지 부탁합니다.",
        "1. 티셔츠\n2. 머그컵\n---\n둘 다 환불해 주세요.\n언제 되나요?\n답장 주세요.\n기다릴게요.",
        "From what I see, the shirt is torn.\nTo be honest: I want my money back.\nSubject: none",
        "On Monday I wrote:\nplease exchange it. Did you read it?",
        "어제 10:30에 제가 쓴 글: 보셨나요? 확인 부탁드립니다.",
        "2026년 11월 25일에 주문했습니다. 언제 오나요?",
        "Sent from my desk, is much easier then my mobile phone.",
        "아이폰에서 보냈는데 안 갔나요?",
    ],
)
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    assert fold(text) == (text, "")


def test_a_quoted_attribution_between_answers_ends_nothing() -> None:
    quoted = "> On 1 Jan 2020 at 10:00 Kim <a@x.example> wrote:\n> > old"
    text = f"Hi\n\nOn 2 Jan 2020 at 10:00 Lee <b@x.example> wrote:\n> {quoted[2:]}\nyes\n\n{quoted}\nno"
    assert fold(text)[0].endswith("no")
    assert fold(f"a\n\n{QUOTES['gmail en']}\n\n{quoted}\nno")[0].endswith("no")


def test_nothing_is_lost_by_folding() -> None:
    for quote in QUOTES.values():
        text = f"{ANSWER}\n\n{quote}"
        fresh, quoted = fold(text)
        assert sorted(f"{fresh}\n{quoted}".split()) == sorted(text.split())


@pytest.mark.skipif(not PAIRS.is_dir(), reason="no folder of real mails (DOORSTEP_MAILS)")
def test_real_mails_are_trimmed_as_people_trimmed_them() -> None:
    missed = [
        path.name
        for path in sorted((PAIRS / "emails").iterdir())
        if fold(path.read_text().replace("\r\n", "\n"))[0].split()
        != (PAIRS / "trimmed" / path.name).read_text().split()
    ]
    assert missed == []
