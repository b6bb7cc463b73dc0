// Small windows: <dialog> keeps the focus in, Escape closes it, and the focus goes back afterwards.

import { element, html, icon } from "./dom.js";
import { errorBox, field, whenSent } from "./forms.js";
import { auth } from "./session.js";
import { askPasskey, hasPasskeys } from "./passkeys.js";

/** Opens a window with a form. `act(form)` does what it is for; resolves to what it gave, or null if closed. */
export function ask({ title, content, button, act, tone = null, extra = null, onOpen = null }) {
  const dialog = element(html`<dialog class="window" aria-labelledby="window-title">
    <form method="dialog">
      <header class="window__head"><h2 id="window-title">${title}</h2>
        <button class="icon-button" type="button" data-close aria-label="Close">${icon("close")}</button></header>
      <div class="stack">${content}</div>${errorBox}
      <p class="window__foot">${extra}<button class="button ${tone && `button--${tone}`}" type="submit">${button}</button></p>
    </form></dialog>`);
  document.body.append(dialog);
  let result = null;
  const done = new Promise((resolve) => dialog.addEventListener("close", () => (dialog.remove(), resolve(result))));
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("[data-close]")) dialog.close();
  });
  whenSent(dialog.querySelector("form"), async (form) => {
    result = (await act(form)) ?? true;
    dialog.close();
  });
  onOpen?.(dialog, (value) => ((result = value), dialog.close()));
  dialog.showModal();
  dialog.querySelector("input:not([type=hidden], [tabindex='-1']), textarea")?.focus();
  return done;
}

/** Asks whether to go on; `act` does it. */
export const sure = (title, text, button, act) => ask({ title, content: html`<p>${text}</p>`, button, act, tone: "bad" });

const WAYS = {
  reauthenticate: ["auth/reauthenticate", (form) => ({ password: form.elements.proof.value })],
  mfa_reauthenticate: ["auth/2fa/reauthenticate", (form) => ({ code: form.elements.proof.value.trim() })],
};

/** Lets the customer prove who they are, by password or by a code; false if they would rather not. */
async function prove(flows) {
  const way = ["reauthenticate", "mfa_reauthenticate"].find((id) =>
    flows.some((flow) => flow.id === id && (flow.types ?? ["totp"]).some((type) => type !== "webauthn")));
  const byPasskey = flows.some(({ types }) => types?.includes("webauthn")) && hasPasskeys();
  if (!way && !byPasskey) {
    await ask({ title: "Please sign in again", content: html`<p>For this the shop has to know that it is you. Sign out, sign in and come back.</p>`, button: "I see", act: () => true });
    return false;
  }
  const asked = way === "reauthenticate"
    ? field("proof", "Your password", { type: "password", autocomplete: "current-password", wide: true })
    : field("proof", "Code of your authenticator app", { autocomplete: "one-time-code", wide: true, more: html`inputmode="numeric"` });
  return Boolean(await ask({
    title: "Is it you?",
    content: html`<p class="muted">This change is delicate, so we ask once more.</p>${way && asked}`,
    button: "Go on",
    extra: byPasskey && html`<button class="button button--quiet" type="button" data-passkey>Use a passkey</button>`,
    onOpen: (dialog, close) => dialog.querySelector("[data-passkey]")?.addEventListener("click", async () => {
      if (await askPasskey("auth/webauthn/reauthenticate").catch(() => null)) close(true);
    }),
    act: async (form) => {
      const [path, bodyOf] = WAYS[way];
      await auth("POST", path, bodyOf(form)).catch((problem) => {
        throw Object.assign(problem, { errors: problem.errors.map((error) => ({ ...error, field: "proof" })) });
      });
    },
  }));
}

/** Does a delicate change: where the shop wants a proof first, asks for it and repeats. Null if refused. */
export async function delicate(act) {
  let answer = await act();
  while (answer.status === 401 && answer.meta?.is_authenticated) {
    if (!(await prove(answer.data.flows))) return null;
    answer = await act();
  }
  return answer;
}
