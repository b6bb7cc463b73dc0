// Making an account, and confirming a mail address: the new account's, or a new one of an old account.

import { Problem, locale, site } from "../../api.js";
import { html, render, toast } from "../../dom.js";
import { checkbox, errorBox, field, showProblem, whenSent } from "../../forms.js";
import { watchGoogle } from "../../google.js";
import { askPasskey } from "../../passkeys.js";
import { navigate } from "../../router.js";
import { auth, consentWording, pendingIn, promiseConsent, whoIsIt } from "../../session.js";
import { gate, nextPath, otherWays, welcome } from "./signin.js";

const mailbox = (email) => gate("Look into your mailbox", html`
  <p>Nothing there? Look among the advertising, or <a href="/account/register/">try another address</a>.</p>
  <p class="aside"><a href="/account/sign-in/">I have confirmed it already</a></p>`,
  html`A mail with a link is on its way to <strong data-testid="mailbox">${email}</strong>. Open the link in this browser, and you are signed in.`);

export async function register({ query }) {
  const [shop, user] = await Promise.all([site(), whoIsIt()]);
  if (user) return { title: "Make an account", content: gate("You are signed in", html`<p><a class="button" href="/account/">Your account</a></p>`) };
  const wording = consentWording(shop);
  const content = html`<div data-register>${gate("Make an account", html`
    <form class="stack">
      <div class="fields">
        ${field("first_name", "First name", { autocomplete: "given-name", more: html`maxlength="150" autofocus` })}
        ${field("last_name", "Last name", { autocomplete: "family-name", more: html`maxlength="150"` })}
      </div>
      ${field("email", "Email", { type: "email", autocomplete: "username", value: query.get("email") ?? "" })}
      ${field("password", "Password", { type: "password", autocomplete: "new-password", more: html`minlength="8"`, hint: "At least 8 characters; a few words are better than one." })}
      ${checkbox("marketing", wording)}
      ${errorBox}
      <button class="button button--large button--wide" type="submit" data-testid="register">Make an account</button>
    </form>
    ${otherWays()}
    <p class="gate__foot">You have one? <a href="/account/sign-in/">Sign in</a></p>`,
    "Your orders, addresses and wishes in one place. You can always buy as a guest too.")}</div>`;

  const mount = (main) => {
    const form = main.querySelector("form");
    const failed = (problem) => showProblem(form, problem);
    async function follow(answer, email = "") {
      if (answer.meta.is_authenticated) {
        await welcome(answer.data.user);
        return navigate(nextPath(query), { replace: true });
      }
      const flow = pendingIn(answer);
      if (flow?.id === "mfa_authenticate") return navigate("/account/sign-in/", { replace: true });
      if (flow?.id !== "verify_email") throw new Problem(400, { detail: "That did not work. Please try again." });
      render(main.querySelector("[data-register]"), mailbox(email));
      main.querySelector("h1").setAttribute("tabindex", "-1");
      main.querySelector("h1").focus();
      document.getElementById("announcer").textContent = "Look into your mailbox";
    }
    whenSent(form, async ({ elements }) => {
      const email = elements.email.value.trim();
      const answer = await auth("POST", "auth/signup", {
        email,
        password: elements.password.value,
        first_name: elements.first_name.value.trim(),
        last_name: elements.last_name.value.trim(),
        locale: locale.value ?? shop.default_locale,
      });
      if (elements.marketing.checked) promiseConsent(email, wording);
      await follow(answer, email);
    });
    main.querySelector("[data-passkey]")?.addEventListener("click", () => askPasskey("auth/webauthn/login").then(follow).catch(failed));
    watchGoogle(main, (answer) => follow(answer).catch(failed), failed);
  };
  return { title: "Make an account", content, mount };
}

const staleLink = (title, text) => gate(title, html`<p><a class="button" href="/account/">Go to your account</a></p>`, text);

/** The page behind the link of a mail. A click confirms: programs that look into mails only open pages. */
export async function confirmAddress({ params }) {
  let asked;
  try {
    asked = await auth("GET", "auth/email/verify", undefined, { "X-Email-Verification-Key": params.key });
  } catch (problem) {
    if (problem.status !== 400) throw problem;
    return { title: "Confirm your address", content: staleLink("This link has run out", "It was used before, or it is too old. If your address is confirmed, simply sign in.") };
  }
  const content = gate("Confirm your address", html`<form class="stack">${errorBox}
    <button class="button button--large button--wide" type="submit" autofocus data-testid="confirm">Confirm</button></form>`,
    html`<strong>${asked.data.email}</strong> is your address?`);
  const mount = (main) => whenSent(main.querySelector("form"), async () => {
    const answer = await auth("POST", "auth/email/verify", { key: params.key });
    if (answer.meta.is_authenticated) await welcome(answer.data.user);
    navigate(answer.meta.is_authenticated ? "/account/" : "/account/sign-in/", { replace: true });
    toast("Your address is confirmed.");
  });
  return { title: "Confirm your address", content, mount };
}
