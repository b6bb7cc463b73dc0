// The account's first page: who somebody is, marketing mail, their data, the end of the account.

import { get, patch, remove, request, site } from "../../api.js";
import { html, toast } from "../../dom.js";
import { ask, sure } from "../../dialogs.js";
import { checkbox, errorBox, field, selectField, valuesOf, whenSent } from "../../forms.js";
import { dropCart } from "../../cart.js";
import { cardName, date } from "../../pieces.js";
import { navigate } from "../../router.js";
import { consentWording, forgetSession, profile as loadProfile } from "../../session.js";
import { framed, panel } from "./frame.js";

const who = (me, languages) => html`<form class="stack" data-profile>
  <div class="fields">
    ${field("first_name", "First name", { autocomplete: "given-name", required: false, value: me.first_name, more: html`maxlength="150"` })}
    ${field("last_name", "Last name", { autocomplete: "family-name", required: false, value: me.last_name, more: html`maxlength="150"` })}
    ${field("phone_number", "Phone", { type: "tel", autocomplete: "tel", required: false, value: me.phone_number, hint: "With the country’s code: +12125550100" })}
    ${field("date_of_birth", "Date of birth", { type: "date", autocomplete: "bday", required: false, value: me.date_of_birth ?? "" })}
    ${selectField("locale", "Language of mails", [["", "The shop’s own"], ...languages], { value: me.locale })}
  </div>${errorBox}
  <p><button class="button" type="submit" data-testid="save-profile">Save</button></p></form>`;

const marketing = (said, wording) => html`<form class="stack" data-marketing>
  ${checkbox("consented", said.consented ? said.wording : wording, said.consented)}
  <p class="muted small">${said.at && (said.consented ? `You agreed on ${date(said.at)}.` : `You said no on ${date(said.at)}.`)}
    Mails about your orders come in any case.</p>
  ${errorBox}</form>`;

const ending = html`<p><a class="button button--quiet" href="/api/customers/me/export/" download="my-data.json" data-testid="export">Download my data</a></p>
  <p class="muted">Everything that the shop holds about you, as a JSON file.</p>
  <p><button class="button button--quiet button--bad" type="button" data-delete>Delete my account</button></p>
  <p class="muted">Your name, addresses, wishes and reviews go. Invoices stay as long as the law wants them.</p>`;

/** Cards that a payment provider keeps; the shop itself has none. */
const cards = (kept) => html`<ul class="rows" data-testid="cards">${kept.map(({ id, ...card }) => html`<li class="row">
    <span class="row__text"><strong>${cardName(card)}</strong><span class="muted">Until ${String(card.exp_month).padStart(2, "0")}/${card.exp_year}</span></span>
    <button class="text-button" type="button" data-remove-card="${id}">Remove<span class="visually-hidden"> ${cardName(card)}</span></button></li>`)}</ul>
  <p class="muted">Your payment provider keeps them, the shop does not.</p>`;

export async function profile() {
  const [me, shop, { results: kept }] = await Promise.all([
    loadProfile(), site(), get("/payments/methods/").catch(() => ({ results: [] }))]);
  const wording = consentWording(shop);
  const content = framed("/account/", me.first_name ? `Hello, ${me.first_name}` : "Your account", html`
    ${panel("Profile", who(me, shop.locales.map(({ code, name }) => [code, name])), html`Signed in as <strong data-testid="account-email">${me.email}</strong>`)}
    ${kept.length > 0 && panel("Saved cards", cards(kept))}
    ${panel("News by mail", marketing(me.marketing, wording))}
    ${panel("Your data", ending)}`);

  const mount = (main, reload) => {
    whenSent(main.querySelector("[data-profile]"), async (form) => {
      const { date_of_birth: born, ...rest } = valuesOf(form);
      const { first_name: name } = await patch("/customers/me/", { ...rest, date_of_birth: born || null });
      toast("Saved.");
      if (name !== me.first_name) reload();
    });
    const news = main.querySelector("[data-marketing]");
    whenSent(news, async () => {
      await patch("/customers/me/", { marketing: news.consented.checked ? { consented: true, wording } : { consented: false } });
      toast(news.consented.checked ? "Thank you. We shall not write too often." : "You get no more news by mail.");
      reload();
    });
    news.addEventListener("change", () => news.requestSubmit());
    main.querySelectorAll("[data-remove-card]").forEach((button) => button.addEventListener("click", async () => {
      const done = await sure("Remove this card?", "It can be saved again with your next order.", "Remove it",
        () => remove(`/payments/methods/${encodeURIComponent(button.dataset.removeCard)}/`));
      if (!done) return;
      await reload();
      toast("The card is removed.");
    }));
    main.querySelector("[data-delete]").addEventListener("click", () => ask({
      title: "Delete your account?",
      content: html`<p>This cannot be undone.</p>
        ${me.has_password && field("password", "Your password", { type: "password", autocomplete: "current-password", wide: true })}`,
      button: "Delete my account",
      tone: "bad",
      act: async (form) => {
        await request("DELETE", "/customers/me/", { body: { password: form.elements.password?.value ?? "" } });
        forgetSession();
        dropCart();
        navigate("/", { replace: true });
        toast("Your account is deleted.");
      },
    }));
  };
  return { title: "Your account", content, mount };
}
