"""Mails about inquiries: an answer to who asked, a question to staff. Both are one thread."""

from uuid import UUID

from django.conf import settings

from commerce.feedback import selectors as feedback
from commerce.feedback.events import INQUIRY_ANSWERED, INQUIRY_OPENED
from commerce.feedback.models import Inquiry
from content.mails.kinds import Kind, Letter, Source, Text, declare, language, storefront
from content.mails.words import greeting

VARIABLES = {
    "shop": "The shop's name.",
    "inquiry_number": "The inquiry's number.",
    "inquiry_subject": "What the inquiry is about, as its writer put it.",
}


def _answer(mail: feedback.InquiryMail, locale: str) -> Letter:
    return Letter(
        to=mail.to,
        locale=locale,
        values={
            "shop": settings.SHOP_NAME,
            "inquiry_number": mail.number,
            "inquiry_subject": mail.subject,
            "greeting": greeting(mail.name, locale),
        },
        parts={"text": mail.text, "question": mail.question},
        button_url=storefront(f"/inquiries/{mail.inquiry_id}/?token={mail.token}"),
        references=(mail.reference,),
    )


def _build_answer(source: Source) -> Letter | None:
    mail = feedback.inquiry_mail(source["message_id"])
    if mail is None or not mail.is_from_staff:
        return None
    letter = _answer(mail, language(mail.locale))
    letter.customer_id = _customer_of(source)
    return letter


def _build_question(source: Source) -> Letter | None:
    mail = feedback.inquiry_mail(source["message_id"])
    if mail is None:
        return None
    letter = _question(mail, source["to"], language())
    letter.customer_id = _customer_of(source)
    return letter


def _customer_of(source: Source) -> UUID | None:
    rows = Inquiry.objects.filter(pk=source["inquiry_id"])
    return rows.values_list("customer_id", flat=True).first()


def _question(mail: feedback.InquiryMail, to: str, locale: str) -> Letter:
    about = ", ".join(filter(None, [mail.product_name, mail.order_number]))
    return Letter(
        to=to,
        locale=locale,
        values={
            "shop": settings.SHOP_NAME,
            "inquiry_number": mail.number,
            "inquiry_subject": mail.subject,
            "name": mail.name,
            "email": mail.to,
            "about": about,
        },
        parts={"text": mail.text, "sender": f"{mail.name} <{mail.to}>", "about": about},
        button_url=f"{settings.BASE_URL}/admin/shop/inquiries/{mail.inquiry_id}/",
    )


def _sample_mail(locale: str) -> feedback.InquiryMail:
    german = locale == "de"
    return feedback.InquiryMail(
        inquiry_id=UUID(int=0),
        number="4H8WQX2M",
        token="sample",  # noqa: S106
        to="ada@example.com",
        name="Ada Lovelace",
        locale=locale,
        subject="Höhe der Rückenlehne" if german else "Height of the backrest",
        text="Die Rückenlehne ist 82 cm hoch und lässt sich um 10 cm verstellen."
        if german
        else "The backrest is 82 cm high and can be moved by 10 cm.",
        question="Wie hoch ist die Rückenlehne?" if german else "How high is the backrest?",
        is_from_staff=True,
        message_id="<answer@vitrine.example>",
        reference="<inquiry@vitrine.example>",
        product_name="Aurora",
        product_url="",
        order_number="",
    )


declare(
    Kind(
        name="inquiry_answered",
        group="inquiries",
        label="Answer to an inquiry",
        purpose="When staff answer an inquiry; it stands in one thread with the question.",
        event=INQUIRY_ANSWERED,
        key=lambda event: f"inquiry_answered:{event.payload['message_id']}",
        build=_build_answer,
        sample=lambda locale: _answer(_sample_mail(locale), locale),
        template="inquiry",
        why="why_inquiry",
        buttons={"en": "Read and reply", "de": "Lesen und antworten"},
        variables={**VARIABLES, "greeting": "“Hello” with the name that was given."},
        texts={
            "en": Text(
                "Re: {{ inquiry_subject }} ({{ inquiry_number }})",
                "We have an answer for you",
                "{{ greeting }},\n\nthank you for writing to us.",
                "Is anything still open? The button leads to the conversation.\n{{ shop }}",
            ),
            "de": Text(
                "Re: {{ inquiry_subject }} ({{ inquiry_number }})",
                "Wir haben eine Antwort für Sie",
                "{{ greeting }},\n\ndanke, dass Sie uns geschrieben haben.",
                "Ist noch etwas offen? Der Knopf führt zum Gespräch.\n{{ shop }}",
            ),
        },
    )
)
declare(
    Kind(
        name="inquiry_opened",
        group="staff",
        label="New inquiry",
        purpose="To STAFF_EMAILS, when somebody asks something.",
        event=INQUIRY_OPENED,
        key=lambda event: f"inquiry_opened:{event.payload['message_id']}",
        build=_build_question,
        sample=lambda locale: _question(_sample_mail(locale), "staff@example.com", locale),
        template="inquiry",
        why="why_staff",
        to_staff=True,
        buttons={"en": "Answer it", "de": "Beantworten"},
        variables={
            **VARIABLES,
            "name": "Who asks.",
            "email": "Their address.",
            "about": "The product or the order that it is about; may be empty.",
        },
        texts={
            "en": Text(
                "New inquiry {{ inquiry_number }}",
                "Somebody asks something",
                "{{ name }} asks: {{ inquiry_subject }}",
            ),
            "de": Text(
                "Neue Anfrage {{ inquiry_number }}",
                "Jemand fragt etwas",
                "{{ name }} fragt: {{ inquiry_subject }}",
            ),
        },
    )
)
