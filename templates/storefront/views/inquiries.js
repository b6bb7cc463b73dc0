// Questions to the shop: about a product, about an order, or about anything; and the talk that follows.

import { get, post, request } from "../api.js";
import { ask } from "../dialogs.js";
import { html, render, safeUrl, toast } from "../dom.js";
import { errorBox, field, textField, valuesOf, whenSent } from "../forms.js";
import { date } from "../pieces.js";
import { profile, whoIsIt } from "../session.js";

/** The field "website" is for machines: people neither see nor reach it. */
const fields = (me, { subject = true } = {}) => html`<div class="fields">
    ${!me && html`${field("name", "Your name", { autocomplete: "name", wide: true, more: html`maxlength="150"` })}
      ${field("email", "Email for the answer", { type: "email", autocomplete: "email", wide: true })}`}
    ${me && !`${me.first_name}${me.last_name}`.trim() && field("name", "Your name", { autocomplete: "name", wide: true })}
    ${subject && field("subject", "What is it about?", { required: false, wide: true, more: html`maxlength="200"` })}
    ${textField("message", "Your question", { rows: 5 })}
  </div>
  <p class="away" aria-hidden="true"><label for="website">Leave this empty</label><input id="website" name="website" tabindex="-1" autocomplete="off" /></p>
  ${me && html`<p class="muted small">The answer goes to ${me.email}.</p>`}`;

const send = (form, about) => {
  const { website, ...said } = valuesOf(form);
  return post("/inquiries/", { ...said, ...about, ...(website && { website }) });
};

const whoAsks = async () => ((await whoIsIt()) ? profile() : null);

/** A window for a question; `about` is `{product_id}` or `{order_number, order_token}`. */
export async function askShop(title, about) {
  const me = await whoAsks().catch(() => null);
  const done = await ask({ title, content: fields(me, { subject: false }), button: "Send", act: (form) => send(form, about) });
  if (done) toast("Thank you. The answer comes by mail.");
}

export async function contact() {
  const me = await whoAsks();
  const content = html`<div class="gate gate--wide"><h1>Ask us</h1>
    <p class="lead">The answer comes by mail. Many answers are <a href="/faq/">here already</a>.</p>
    <div data-contact><form class="stack">${fields(me)}${errorBox}
      <p><button class="button button--large" type="submit" data-testid="send-question">Send</button></p></form></div></div>`;
  const mount = (main) => whenSent(main.querySelector("form"), async (form) => {
    const made = await send(form, {});
    render(main.querySelector("[data-contact]"), html`<div class="callout" role="status" data-testid="question-sent" tabindex="-1"><h2>Thank you, ${made.name}</h2>
      <p>Your question has the number ${made.number}. The answer goes to ${made.email}.</p></div>`);
    main.querySelector("[data-contact] > div").focus();
  });
  return { title: "Ask us", content, mount };
}

const STATUS = { open: "We are on it", answered: "Answered", closed: "Closed" };

export const inquiryRow = (inquiry) => html`<li class="row row--link" data-testid="inquiry">
  <span class="row__text"><a class="row__link" href="/inquiries/${inquiry.id}/"><strong>${inquiry.subject || inquiry.product?.name || (inquiry.order_number ? `Order ${inquiry.order_number}` : inquiry.messages[0]?.text.slice(0, 60))}</strong></a>
    <span class="muted">${inquiry.number} · ${date(inquiry.created_at, { dateStyle: "medium" })}</span></span>
  <span class="row__end"><span class="tag">${STATUS[inquiry.status] ?? inquiry.status}</span></span></li>`;

const message = ({ is_from_shop: isFromShop, text, at }) => html`<li class="message ${isFromShop && "message--shop"}">
  <p class="muted small">${isFromShop ? "The shop" : "You"} · <time datetime="${at}">${date(at, { dateStyle: "medium", timeStyle: "short" })}</time></p>
  <p class="lines-kept">${text}</p></li>`;

/** The talk about a question: the customer's own, or a guest's behind the link of a mail. */
export async function inquiry({ params, query }) {
  const path = `/inquiries/${encodeURIComponent(params.id)}/`;
  const token = query.get("token");
  const found = await get(path, { token });
  const about = [
    found.product && html`<a href="${safeUrl(found.product.url)}">${found.product.name}</a>`,
    found.order_number && html`order ${found.order_number}`,
  ].filter(Boolean);
  const content = html`<div class="gate gate--wide"><p class="eyebrow">Question ${found.number}</p>
    <h1>${found.subject || "Your question"}</h1>
    ${about.length > 0 && html`<p class="muted">About ${about}</p>`}
    <ol class="messages">${found.messages.map(message)}</ol>
    <form class="stack">${textField("message", found.messages.at(-1)?.is_from_shop ? "Your reply" : "Anything to add?", { rows: 4 })}${errorBox}
      <p><button class="button" type="submit">Send</button></p></form></div>`;
  const mount = (main, reload) => whenSent(main.querySelector("form"), async (form) => {
    await request("POST", `${path}messages/`, { query: { token }, body: valuesOf(form) });
    await reload();
    toast("Sent. The answer comes by mail.");
  });
  return { title: `Question ${found.number}`, content, mount };
}
