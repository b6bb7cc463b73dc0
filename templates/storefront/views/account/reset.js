// A forgotten password: ask for the link, then choose a new one.

import { html, render, toast } from "../../dom.js";
import { errorBox, field, whenSent } from "../../forms.js";
import { navigate } from "../../router.js";
import { auth, pendingIn } from "../../session.js";
import { gate } from "./signin.js";

export async function resetRequest() {
  const content = html`<div data-reset>${gate("A new password", html`<form class="stack">
    ${field("email", "Email", { type: "email", autocomplete: "username", more: html`autofocus` })}
    ${errorBox}
    <button class="button button--large button--wide" type="submit" data-testid="ask-reset">Send me a link</button>
    <p class="aside"><a href="/account/sign-in/">Back to sign-in</a></p></form>`,
    "We send you a link to choose a new one.")}</div>`;
  const mount = (main) => whenSent(main.querySelector("form"), async ({ elements: { email } }) => {
    const address = email.value.trim();
    await auth("POST", "auth/password/request", { email: address });
    render(main.querySelector("[data-reset]"), gate("Look into your mailbox",
      html`<p class="aside"><a href="/account/sign-in/">Back to sign-in</a></p>`,
      html`If <strong>${address}</strong> has an account here, a link to choose a new password is on its way.`));
    document.getElementById("announcer").textContent = "Look into your mailbox";
  });
  return { title: "A new password", content, mount };
}

export async function resetPassword({ params }) {
  try {
    await auth("GET", "auth/password/reset", undefined, { "X-Password-Reset-Key": params.key });
  } catch (problem) {
    if (problem.status !== 400) throw problem;
    return { title: "A new password", content: gate("This link has run out",
      html`<p><a class="button" href="/account/reset/">Ask for a new one</a></p>`, "It was used before, or it is too old.") };
  }
  const content = gate("Choose a new password", html`<form class="stack">
    ${field("password", "New password", { type: "password", autocomplete: "new-password", more: html`minlength="8" autofocus`, hint: "At least 8 characters; a few words are better than one." })}
    ${errorBox}
    <button class="button button--large button--wide" type="submit" data-testid="reset">Keep this password</button></form>`);
  const mount = (main) => whenSent(main.querySelector("form"), async ({ elements: { password } }) => {
    const answer = await auth("POST", "auth/password/reset", { key: params.key, password: password.value });
    navigate(answer.meta?.is_authenticated && !pendingIn(answer) ? "/account/" : "/account/sign-in/", { replace: true });
    toast("Your password is changed.");
  });
  return { title: "Choose a new password", content, mount };
}
