"""What customers of the demo brand write, and what its people answer, in Korean and English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """What a customer may want.  `weight`: how often.  Shapes: texts hold {order}, {item}, {name} and {agent}."""

    tag: str
    weight: int
    subjects: tuple[str, ...]
    asks: tuple[str, ...]
    answers: tuple[str, ...]


OPENINGS = {
    "ko": ("안녕하세요.", "안녕하세요, {name}입니다.", "수고 많으십니다.", "안녕하세요 모루 담당자님,"),
    "en": ("Hello,", "Hi there,", "Good morning,", "Dear Moru team,"),
}
CLOSINGS = {
    "ko": ("감사합니다.", "확인 부탁드립니다.", "답변 기다리겠습니다.\n{name} 드림", "좋은 하루 보내세요."),
    "en": ("Thanks,\n{name}", "Best wishes,\n{name}", "Many thanks,\n{name}", "Kind regards,\n{name}"),
}
GREETINGS = {"ko": "{name}님, 안녕하세요.\n모루 {agent}입니다.", "en": "Hello {name},"}
PARTINGS = {
    "ko": "더 궁금한 점이 있으시면 언제든 말씀해 주세요.\n모루 드림",
    "en": "Just write back if there is anything else.\n{agent} from Moru",
}
THANKS = {
    "ko": ("빠른 답변 감사합니다!", "네, 확인했습니다. 감사합니다 :)", "친절하게 안내해 주셔서 감사합니다. 잘 쓸게요."),
    "en": ("Perfect, thank you!", "Great, that helps a lot. Thanks!", "Thank you for the quick reply."),
}

KO = (
    Topic("배송", 26, ("배송 문의드립니다", "{order} 배송 언제 오나요", "주문한 상품이 아직 안 왔어요"), (
        "{order} 주문했는데 언제쯤 받을 수 있을까요?",
        "{order} 주문 건 배송이 어디까지 왔는지 궁금합니다.",
        "지난주에 {item} 주문했는데 아직 안 왔어요. 주문번호는 {order}입니다.",
        "송장번호 알 수 있을까요? {order} 주문입니다."), (
        "{order} 주문은 어제 인천 물류센터에서 출고되어 배송 중입니다. 보통 하루 이틀 안에 받아 보실 수 있습니다.",
        "확인해 보니 {order} 주문은 오늘 배송 출발했습니다. 조금만 기다려 주세요.")),
    Topic("주소 변경", 10, ("배송지 변경 부탁드립니다", "주소를 잘못 적었어요"), (
        "{order} 배송지를 회사로 바꾸고 싶은데 가능할까요? 아직 출고 전이면 부탁드립니다.",
        "{order} 주문할 때 동호수를 빼먹었습니다. 103동 1204호로 수정해 주세요."), (
        "{order} 주문은 아직 출고 전이라 말씀하신 주소로 바꾸어 두었습니다.",
        "배송지를 수정했습니다. 바뀐 주소로 출고하겠습니다.")),
    Topic("반품", 13, ("반품하고 싶어요", "{item} 반품 문의"), (
        "{order}로 받은 {item}, 생각했던 색이랑 조금 달라서 반품하고 싶습니다. 어떻게 하면 되나요?",
        "{item} 선물했는데 이미 같은 게 있다고 하네요. 개봉은 안 했습니다. 반품 가능할까요?"), (
        "받으신 지 30일 안이라 반품하실 수 있습니다. 반품 페이지에서 주문번호 {order}와 이메일을 넣으시면 라벨을 보내 드립니다.",
        "네, 가능합니다. 반품 페이지에서 신청해 주시면 접수되는 대로 안내 메일을 드리겠습니다.")),
    Topic("파손", 9, ("깨진 상품이 왔어요", "{item} 파손"), (
        "{order}로 온 {item} 모서리가 깨져 있습니다. 포장은 멀쩡했어요. 사진 첨부합니다.",
        "오늘 {item} 받았는데 금이 가 있어요. 교환이나 환불 부탁드립니다. 주문번호 {order}."), (
        "불편을 드려 죄송합니다. 사진 확인했습니다. 다시 보내 드리거나 환불해 드릴 수 있는데, 어느 쪽이 좋으실까요?",
        "죄송합니다. 물류팀에 포장 상태를 확인하고 있습니다. {item}은 따로 보내지 않으셔도 됩니다.")),
    Topic("오배송", 5, ("다른 상품이 왔습니다",), (
        "{order} 주문에 {item} 대신 다른 색이 왔어요. 원래 주문한 걸로 받고 싶습니다.",), (
        "죄송합니다. 저희가 잘못 담았습니다. 맞는 상품을 오늘 바로 출고하고, 잘못 간 상품은 회수하겠습니다.",)),
    Topic("선물", 8, ("선물 포장 되나요?", "선물 주문 문의"), (
        "{item} 선물하려고 하는데 포장이 가능한가요? 손편지도 넣을 수 있는지 궁금해요.",
        "{order} 주문에 가격표 빼고 보내 주실 수 있나요? 선물이라서요."), (
        "네, 모든 주문에 선물 포장을 해 드립니다. 주문 메모에 적어 주시면 카드도 함께 넣어 드려요.",
        "{order}는 가격표 없이 포장하도록 적어 두었습니다.")),
    Topic("재입고", 8, ("재입고 언제 되나요", "{item} 품절"), (
        "{item} 계속 품절이던데 언제 다시 들어오나요?",), (
        "{item}은 다음 달 초에 다시 들어올 예정입니다. 들어오면 메일로 알려 드릴까요?",)),
    Topic("상품", 10, ("{item} 문의", "상품 질문입니다"), (
        "{item} 식기세척기에 넣어도 되나요?",
        "{item} 종이가 만년필 잉크에 번지지 않는지 궁금합니다.",
        "{item} 실제 색이 사진이랑 많이 다른가요? 온라인으로만 봐서요."), (
        "네, 괜찮습니다. 다만 오래 쓰시려면 중성 세제로 손세척하시는 편이 좋습니다.",
        "사진은 자연광에서 찍어 거의 같습니다. 화면에 따라 조금 더 따뜻하게 보일 수 있어요.")),
    Topic("취소", 6, ("주문 취소 부탁드려요",), (
        "{order} 주문 취소하고 싶습니다. 옵션을 잘못 골랐어요.",), (
        "{order} 주문을 취소하고 결제하신 금액을 돌려 드렸습니다. 카드사에 따라 3~5일 걸릴 수 있습니다.",)),
    Topic("칭찬", 5, ("잘 받았습니다", "감사 인사드려요"), (
        "{item} 오늘 받았는데 정말 예뻐요. 포장도 꼼꼼해서 기분 좋았습니다.",), (
        "따뜻한 말씀 감사합니다. 작업실 식구들에게도 꼭 전하겠습니다.",)),
)  # fmt: skip
EN = (
    Topic("delivery", 26, ("Where is my order?", "Order {order}", "Delivery of {order}"), (
        "I ordered {item} last week and have not received it yet. My order number is {order}. When will it arrive?",
        "Could you tell me where my order {order} is? The tracking has not moved since Monday.",
        "Has {order} been shipped yet?"), (
        "Order {order} left our warehouse yesterday and is on its way. It usually takes three to five days to reach you.",
        "I have just checked: {order} is with the carrier and should be with you by the end of the week.")),
    Topic("address", 9, ("Change of address", "Wrong address on {order}"), (
        "I moved last month and forgot to change the address on {order}. Can you still send it to 18 Linden Street?",
        "I left out the apartment number on {order}, it is 4B. Could you add it please?"), (
        "Done. {order} had not left yet, so it will go to the new address.",
        "Of course, I have added it.")),
    Topic("return", 13, ("Returning {item}", "How do I return something?"), (
        "I would like to return {item} from order {order}. It is unopened. How does that work?",
        "The colour of {item} is not quite what I expected. Can I send it back or exchange it?"), (
        "You can send it back within 30 days. Please enter {order} and your e-mail address on our returns page; the label is free.",
        "Yes, either is fine. On the returns page you can choose an exchange, and we hold the new one for you.")),
    Topic("damage", 9, ("{item} arrived broken", "Damaged item"), (
        "{item} from {order} arrived with a chip on the rim. I have attached a photo.",
        "Unfortunately {item} was cracked when I opened the parcel. The box looked fine."), (
        "I am sorry about that. I can send a new one or refund it today, which would you prefer?",
        "I am so sorry. You need not send it back. A replacement goes out today.")),
    Topic("gift", 7, ("Gift wrapping", "A gift"), (
        "Is it possible to have {item} gift wrapped, with a short note inside?",
        "Could you leave the invoice out of {order}? It is a present."), (
        "Yes, we wrap every order on request. Just write the note into the order comments.",
        "I have made a note on {order}: no prices inside.")),
    Topic("restock", 7, ("Back in stock?",), (
        "{item} has been sold out for a while. Do you know when it will be back?",), (
        "We expect {item} early next month. Shall I write to you when it is here?",)),
    Topic("customs", 8, ("Customs", "Import duties"), (
        "Will I have to pay import duties on {order}? I am in the EU.",), (
        "No. We ship from Venlo within the EU, so nothing is added to what you paid for {order}.",)),
    Topic("product", 10, ("Question about {item}", "{item}"), (
        "Is {item} dishwasher safe?", "Does the paper of {item} work with fountain pens?",
        "How heavy is {item}? I want to take it travelling."), (
        "Yes, it is. For a long life we suggest washing it by hand.",
        "It does, with fine and medium nibs. Very wet nibs may show through a little.")),
    Topic("cancel", 6, ("Please cancel {order}",), (
        "I chose the wrong option. Could you cancel {order}?",), (
        "I have cancelled {order}. The money is back on your card within a few days.",)),
    Topic("praise", 5, ("Thank you",), (
        "{item} arrived today and it is even nicer than in the pictures. Lovely wrapping too.",), (
        "Thank you, that made our day. I will pass it on to the workshop.",)),
)  # fmt: skip
TOPICS = {"ko": KO, "en": EN}
SPAM = (
    ("Boost your store's ranking today", "Dear owner, we guarantee page one within 7 days. Reply for a quote."),
    ("Invoice 88213 overdue", "Please see the link for the outstanding amount. https://pay-invoice.example/88213"),
    ("대출 한도 조회 안내", "무직자도 당일 가능! 지금 바로 한도를 조회해 보세요."),
    ("Wholesale LED panels", "We are a factory of LED panels with good price, please find our catalogue."),
)
NOTES = {
    "ko": (
        "물류팀에 사진 보내 확인 요청함.",
        "단골 고객. 지난번에도 파손이 있었음.",
        "창고에 재고 확인 중, 내일 답변 예정.",
        "환불 승인받음.",
    ),
    "en": (
        "Asked the warehouse to check the packing.",
        "Regular customer, be generous.",
        "Waiting for the carrier's answer.",
    ),
}
# name, English, Korean
MACROS = (
    ("Where is my order · 배송 안내",
     "Hello {{customer.name}},\n\norder {{order.name}} is on its way with {{tracking.carrier}} ({{tracking.number}}).\n"
     "You can follow it here: {{tracking.link}}\n\n{{agent.name}} from {{brand.name}}",
     "{{customer.name}}님, 안녕하세요.\n\n주문 {{order.name}}은(는) {{tracking.carrier}}({{tracking.number}})로 배송 중입니다.\n"
     "여기에서 확인하실 수 있습니다: {{tracking.link}}\n\n{{brand.name}} {{agent.name}} 드림"),
    ("How to send it back · 반품 안내",
     "Hello {{customer.name}},\n\nyou can send things back within 30 days. Enter {{order.name}} and your e-mail address on our "
     "returns page; the label is free.\n\n{{agent.name}}",
     "{{customer.name}}님, 안녕하세요.\n\n받으신 날부터 30일 안에 반품하실 수 있습니다. 반품 페이지에서 주문번호 {{order.name}}와 "
     "이메일을 넣어 주세요. 라벨은 무료입니다.\n\n{{agent.name}} 드림"),
    ("Broken, we are sorry · 파손 사과",
     "Hello {{customer.name}},\n\nI am sorry that it broke. Would you like a new one, or your money back?\n\n{{agent.name}}",
     "{{customer.name}}님, 깨진 상품을 받으셨다니 정말 죄송합니다. 새 상품으로 다시 보내 드릴지, 환불해 드릴지 말씀해 주세요.\n\n"
     "{{agent.name}} 드림"),
    ("Address changed · 주소 변경 완료",
     "Hello {{customer.name}},\n\ndone: {{order.name}} goes to the new address.\n\n{{agent.name}}",
     "{{customer.name}}님, 주문 {{order.name}}의 배송지를 바꾸었습니다.\n\n{{agent.name}} 드림"),
    ("Back in stock soon · 재입고 안내",
     "Hello {{customer.name}},\n\nit will be back early next month. Shall I write to you when it is?\n\n{{agent.name}}",
     "{{customer.name}}님, 다음 달 초에 다시 들어올 예정입니다. 들어오면 메일로 알려 드릴까요?\n\n{{agent.name}} 드림"),
)  # fmt: skip
# Shipped in the sandbox while the demo begins: their customers ask, and are answered from live tracking.
ASKS_NOW = {
    "ko": ("배송 문의", "안녕하세요. {order} 주문한 상품 언제쯤 도착하나요?"),
    "en": ("Where is my order?", "Hello,\n\nwhere is my order {order}? When will it arrive?\n\nThanks"),
}
