// Signing in: by password, passkey or Google, with a second factor where the account has one.

import { Problem } from "../../api.js";
import { loadCart } from "../../cart.js";
import { html, icon, render } from "../../dom.js";
import { errorBox, field, showProblem, whenSent } from "../../forms.js";
import { googleButton, watchGoogle } from "../../google.js";
import { askPasskey, hasPasskeys } from "../../passkeys.js";
import { navigate } from "../../router.js";
import { auth, forgetSession, pendingFlow, pendingIn, tellConsent, whoIsIt } from "../../session.js";

/** An address of this shop to go on to; never one of somebody else's. */
export function nextPath(query) {
  const next = query.get("next") ?? "";
  return next.startsWith("/") && !/^\/[/\\]/.test(next) ? next : "/account/";
}

const keeping = (query) => (query.get("next") ? `?next=${encodeURIComponent(query.get("next"))}` : "");

/** The frame of all narrow account pages. */
export const gate = (title, content, lead = null) => html`<section class="gate">
  <h1>${title}</h1>${lead && html`<p class="lead">${lead}</p>`}${content}</section>`;

export const otherWays = () => (googleButton() || hasPasskeys()) && html`<p class="or"><span>or</span></p>
  <div class="stack">
    ${googleButton()}
    ${hasPasskeys() && html`<button class="button button--quiet button--wide" type="button" data-passkey>${icon("key")} Sign in with a passkey</button>`}
  </div>`;

const passwordStep = (query, typed) => gate("Sign in", html`
  <form class="stack">
    ${field("email", "Email", { type: "email", autocomplete: "username webauthn", value: typed, more: typed === "" && html`autofocus` })}
    ${field("password", "Password", { type: "password", autocomplete: "current-password" })}
    ${errorBox}
    <button class="button button--large button--wide" type="submit" data-testid="sign-in">Sign in</button>
    <p class="aside"><a href="/account/reset/">Forgotten your password?</a></p>
  </form>
  ${otherWays()}
  <p class="gate__foot">New here? <a href="/account/register/${keeping(query)}">Make an account</a></p>`);

const hasCodes = (types) => types.some((type) => type !== "webauthn");

const codeStep = ({ types = [] }) => gate("One more step", html`
  <form class="stack">
    ${hasCodes(types) && html`
      ${field("code", "Code", { autocomplete: "one-time-code", more: html`inputmode="text" autofocus spellcheck="false"`,
        hint: types.includes("totp") ? "Six digits from your authenticator app, or a recovery code." : "One of your recovery codes." })}`}
    ${errorBox}
    ${hasCodes(types) && html`<button class="button button--large button--wide" type="submit" data-testid="send-code">Sign in</button>`}
    ${types.includes("webauthn") && hasPasskeys() && html`
      <button class="button ${hasCodes(types) && "button--quiet"} button--wide" type="button" data-second-passkey>${icon("key")} Use your passkey</button>`}
    <p class="aside"><button class="text-button" type="button" data-restart>Sign in as somebody else</button></p>
  </form>`, "Your account is protected by a second factor.");

const mailboxStep = (email) => gate("Look into your mailbox", html`
  <p class="aside"><a href="/account/sign-in/">Back to sign-in</a></p>`,
  html`We have sent ${email ? html`<strong>${email}</strong>` : "you"} a mail with a link. Open it in this browser and you are signed in.`);

/** What belongs to a fresh session: the cart that was a guest's, and consent from the registration. */
export async function welcome(user) {
  await Promise.all([loadCart().catch(() => {}), tellConsent(user).catch(() => {})]);
}

/** The sign-in page; it goes on to `?next=`. */
function signInPage({ query, pending }) {
  const first = pending?.id === "mfa_authenticate" ? codeStep(pending) : passwordStep(query, "");
  const mount = (main) => {
    const box = main.querySelector("[data-sign-in]");
    const failed = (problem) => showProblem(box.querySelector("form"), problem);

    async function follow(answer, email = "") {
      if (answer.meta.is_authenticated) {
        await welcome(answer.data.user);
        return navigate(nextPath(query), { replace: true });
      }
      const flow = pendingIn(answer);
      if (flow?.id === "mfa_authenticate") return show(codeStep(flow));
      if (flow?.id === "verify_email") return show(mailboxStep(email));
      if (!flow && !box.querySelector("[name=email]")) {
        show(passwordStep(query, email)); // the second step has waited too long
      }
      throw new Problem(401, { detail: "Please sign in once more." });
    }

    function show(step) {
      render(box, step);
      connect();
      (box.querySelector("[autofocus]") ?? box.querySelector("h1"))?.focus();
      document.getElementById("announcer").textContent = box.querySelector("h1").textContent;
    }

    function connect() {
      const form = box.querySelector("form");
      if (!form) return;
      whenSent(form, async ({ elements: { email, password, code } }) =>
        code
          ? follow(await auth("POST", "auth/2fa/authenticate", { code: code.value.trim() }))
          : follow(await auth("POST", "auth/login", { email: email.value.trim(), password: password.value }), email.value.trim()));
      const byPasskey = (path) => () => askPasskey(path).then(follow).catch(failed);
      box.querySelector("[data-passkey]")?.addEventListener("click", byPasskey("auth/webauthn/login"));
      box.querySelector("[data-second-passkey]")?.addEventListener("click", byPasskey("auth/webauthn/authenticate"));
      box.querySelector("[data-restart]")?.addEventListener("click", async () => {
        await auth("DELETE", "auth/session").catch(() => {});
        show(passwordStep(query, ""));
      });
      watchGoogle(box, (answer) => follow(answer).catch(failed), failed);
    }
    connect();
  };
  return { title: "Sign in", content: html`<div data-sign-in>${first}</div>`, mount };
}

export async function signIn({ query }) {
  if (await whoIsIt()) {
    return { title: "Sign in", content: gate("You are signed in", html`<p><a class="button" href="${nextPath(query)}">Go on</a></p>`) };
  }
  return signInPage({ query, pending: await pendingFlow() });
}

/** On small screens the account's menu is a row: the entry of this page has to be in sight. */
const withMenu = (shown) => ({
  ...shown,
  mount: (main, reload) => {
    main.querySelector(".account__menu [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
    return shown.mount?.(main, reload);
  },
});

/** A page for customers: whoever is not signed in gets the sign-in page at the same address. */
export const mine = (view) => async (page) => {
  const user = await whoIsIt();
  if (user) {
    try {
      return withMenu(await view({ ...page, user }));
    } catch (problem) {
      if (problem.status !== 401) throw problem;
      forgetSession(); // it was ended elsewhere
    }
  }
  return signInPage({ query: new URLSearchParams({ next: page.path + location.search }), pending: await pendingFlow() });
};
