// Signing in with Google. Nothing of Google's is loaded before somebody asks for it.

import { Problem } from "./api.js";
import { html } from "./dom.js";
import { auth } from "./session.js";

const setting = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const clientId = () => setting("google-client-id");

let loading = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: setting("google-script"), async: true });
    script.onload = resolve;
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Problem(0, { detail: "Google cannot be reached right now." }));
    };
    document.head.append(script);
  });
  return loading;
}

const mark = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path fill="#4285f4" d="M22 12.2c0-.7-.1-1.4-.2-2H12v3.9h5.6a4.8 4.8 0 0 1-2 3.1v2.6h3.3c1.9-1.8 3.1-4.4 3.1-7.6z"/><path fill="#34a853" d="M12 22.3c2.7 0 5-.9 6.700-2.500l-3.300-2.600a6.200 6.200 0 0 1-9.300-3.200H2.800v2.700A10.100 10.100 0 0 0 12 22.300z"/><path fill="#fbbc05" d="M6.100 14a6.100 6.100 0 0 1 0-3.900V7.400H2.800a10.200 10.200 0 0 0 0 9.300z"/><path fill="#ea4335" d="M12 5.900c1.500 0 2.800.5 3.900 1.500l2.900-2.900A10.100 10.100 0 0 0 2.800 7.400l3.300 2.700A6 6 0 0 1 12 5.900z"/></svg>`;

/** The button, where the shop has set Google up; and a place for Google's own, should it want one. */
export const googleButton = () => clientId() && html`
  <button class="button button--quiet button--wide" type="button" data-google data-testid="google">${mark} Continue with Google</button>
  <div class="google" data-google-place></div>`;

/** Waits for the button; `done(answer)` gets the accounts API's answer, `failed(problem)` what went wrong. */
export function watchGoogle(root, done, failed) {
  root.querySelector("[data-google]")?.addEventListener("click", async ({ currentTarget: button }) => {
    button.disabled = true;
    try {
      await load();
      const { id } = window.google.accounts;
      id.initialize({
        client_id: clientId(),
        use_fedcm_for_prompt: true,
        callback: ({ credential }) => {
          const token = { client_id: clientId(), id_token: credential };
          auth("POST", "auth/provider/token", { provider: "google", process: "login", token }).then(done).catch(failed);
        },
      });
      id.renderButton(root.querySelector("[data-google-place]"), { type: "standard", shape: "pill", text: "continue_with" });
      id.prompt();
    } catch (problem) {
      failed(problem instanceof Problem ? problem : new Problem(0, { detail: "Google cannot be reached right now." }));
    }
    button.disabled = false;
  });
}
