// Sign-in and security: password, mail address, second factor, passkeys, and where somebody is signed in.

import { Problem } from "../../api.js";
import { ask, delicate, sure } from "../../dialogs.js";
import { html, icon, toast } from "../../dom.js";
import { errorBox, field, whenSent } from "../../forms.js";
import { hasPasskeys, makePasskey } from "../../passkeys.js";
import { date } from "../../pieces.js";
import { auth, profile } from "../../session.js";
import { framed, panel } from "./frame.js";

const ofEpoch = (seconds) => (seconds ? date(seconds * 1000, { dateStyle: "medium" }) : null);

const passwordForm = (me) => html`<form class="stack" data-password>
  <p class="visually-hidden" aria-hidden="true"><input name="username" autocomplete="username" value="${me.email}" tabindex="-1" /></p>
  <div class="fields">
    ${me.has_password && field("current_password", "Current password", { type: "password", autocomplete: "current-password", wide: true })}
    ${field("new_password", "New password", { type: "password", autocomplete: "new-password", wide: true, more: html`minlength="8"` })}
  </div>${errorBox}
  <p><button class="button" type="submit" data-testid="change-password">${me.has_password ? "Change password" : "Set a password"}</button></p>
  ${me.has_password && html`<p class="muted small">You stay signed in here; everywhere else the old password’s sessions end.</p>`}</form>`;

const addressForm = (addresses) => {
  const waiting = addresses.find(({ verified }) => !verified);
  return html`${waiting && html`<div class="callout callout--row" data-testid="waiting-address"><p><strong>${waiting.email}</strong> waits for its confirmation: open the link in the mail.</p>
      <p><button class="text-button" type="button" data-resend="${waiting.email}">Send it again</button>
        <button class="text-button" type="button" data-withdraw="${waiting.email}">Keep the old one</button></p></div>`}
    <form class="stack" data-address>
      <div class="fields">${field("email", "New email", { type: "email", autocomplete: "email", wide: true })}</div>${errorBox}
      <p><button class="button" type="submit" data-testid="change-email">Change email</button></p></form>`;
};

const factor = (totp, codes) => totp
  ? html`<p class="state"><span class="state__mark">${icon("check")}</span> <span>On since ${ofEpoch(totp.created_at)}. Signing in takes a code of your authenticator app.</span></p>
    ${codes && html`<p class="muted">${codes.unused_code_count} of ${codes.total_code_count} recovery codes are left.</p>`}
    <p class="buttons"><button class="button button--quiet" type="button" data-codes>Show recovery codes</button>
      <button class="button button--quiet" type="button" data-new-codes>Make new codes</button>
      <button class="button button--quiet button--bad" type="button" data-totp-off>Turn it off</button></p>`
  : html`<p>Besides the password, signing in then takes a code that an app on your phone shows.</p>
    <p><button class="button" type="button" data-totp-on data-testid="totp-on">Set up an authenticator app</button></p>`;

const passkeyList = (keys) => html`
  ${keys.length === 0 ? html`<p>Sign in with your fingerprint, your face or the code of your device, without a password.</p>`
    : html`<ul class="rows" data-testid="passkeys">${keys.map(({ id, name, created_at: made, last_used_at: used }) => html`<li class="row">
        <span class="row__text"><strong>${name}</strong><span class="muted">Made ${ofEpoch(made)}${used && ` · last used ${ofEpoch(used)}`}</span></span>
        <button class="text-button" type="button" data-remove-passkey="${id}">Remove<span class="visually-hidden"> ${name}</span></button></li>`)}</ul>`}
  ${hasPasskeys() ? html`<p><button class="button ${keys.length > 0 && "button--quiet"}" type="button" data-add-passkey>Add a passkey</button></p>`
    : html`<p class="muted">This browser has no passkeys.</p>`}`;

/** "Firefox on Windows" is all that people want to know of a user agent. */
function deviceOf(agent) {
  const first = (list) => list.find(([sign]) => agent.includes(sign))?.[1];
  const program = first([["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]);
  const system = first([["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]]);
  return program ? `${program}${system ? ` on ${system}` : ""}` : agent.slice(0, 60) || "Unknown";
}

const sessionList = (sessions) => html`<ul class="rows" data-testid="sessions">${sessions.map((one) => html`<li class="row">
    <span class="row__text"><strong>${deviceOf(one.user_agent)}</strong>
      <span class="muted">${one.ip} · since ${date(one.created_at * 1000, { dateStyle: "medium", timeStyle: "short" })}</span></span>
    ${one.is_current ? html`<span class="tag">This one</span>`
      : html`<button class="text-button" type="button" data-end="${one.id}">Sign out</button>`}</li>`)}</ul>
  ${sessions.length > 1 && html`<p><button class="button button--quiet" type="button" data-end-all data-testid="end-all">Sign out everywhere else</button></p>`}`;

/** Shows codes to keep, and offers them as a file. */
function showCodes(codes, email) {
  const file = URL.createObjectURL(new Blob([`Recovery codes of ${email} at ${location.host}\nEach can be used once.\n\n${codes.join("\n")}\n`], { type: "text/plain" }));
  return ask({
    title: "Your recovery codes",
    content: html`<p>Keep them where you find them without your phone. Each lets you in once.</p>
      <ul class="recovery" data-testid="recovery-codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>`,
    extra: html`<a class="button button--quiet" href="${file}" download="recovery-codes.txt" data-testid="download-codes">Download</a>`,
    button: "I have kept them",
    act: () => URL.revokeObjectURL(file),
  });
}

export async function security() {
  const [me, addresses, factors, sessions] = await Promise.all([
    profile(), auth("GET", "account/email"), auth("GET", "account/authenticators"), auth("GET", "auth/sessions"),
  ]);
  if ([addresses, factors, sessions].some(({ status }) => status === 401)) throw new Problem(401);
  const of = (type) => factors.data.filter((each) => each.type === type);
  const content = framed("/account/security/", "Sign-in and security", html`
    ${panel("Password", passwordForm(me))}
    ${panel("Email", addressForm(addresses.data), html`You sign in with <strong>${me.email}</strong>`)}
    ${panel("Second factor", factor(of("totp")[0], of("recovery_codes")[0]))}
    ${panel("Passkeys", passkeyList(of("webauthn")))}
    ${panel("Where you are signed in", sessionList(sessions.data))}`);

  const mount = (main, reload) => {
    const failed = (problem) => toast(problem.message, { tone: "bad" });

    /** Calls `act` for each click on `[data-name]`; what it returns is shown as news. */
    const on = (name, act) => main.querySelectorAll(`[data-${name}]`).forEach((button) =>
      button.addEventListener("click", async () => {
        button.disabled = true;
        const said = await Promise.resolve(act(Object.values(button.dataset)[0])).catch(failed);
        button.disabled = false;
        if (!said) return;
        await reload();
        toast(said);
      }));

    whenSent(main.querySelector("[data-password]"), async (form) => {
      const { current_password: current, new_password: fresh } = form.elements;
      const body = { current_password: current?.value ?? "", new_password: fresh.value };
      if (!(await delicate(() => auth("POST", "account/password/change", body)))) return;
      form.reset();
      toast("Your password is changed.");
      reload();
    });
    whenSent(main.querySelector("[data-address]"), async (form) => {
      const email = form.elements.email.value.trim();
      if (!(await delicate(() => auth("POST", "account/email", { email })))) return;
      toast(`A mail with a link is on its way to ${email}.`);
      reload();
    });
    on("resend", async (email) => ((await auth("PUT", "account/email", { email })), "Sent."));
    on("withdraw", async (email) => (await delicate(() => auth("DELETE", "account/email", { email }))) && "Your email stays as it was.");

    async function codes(path = "account/authenticators/recovery-codes", method = "GET") {
      const answer = await delicate(() => auth(method, path));
      if (!answer) return null;
      let list = answer.data?.unused_codes;
      if (!list) {
        const fresh = await delicate(() => auth("POST", path, {}));
        list = fresh?.data.unused_codes;
      }
      return list && showCodes(list, me.email);
    }
    on("codes", async () => (await codes(), null));
    on("new-codes", async () => (await sure("New recovery codes?", "The old ones count no more.", "Make new codes", () => true))
      && (await codes(undefined, "POST"), "The new codes count from now on."));
    on("totp-off", async () => (await sure("Turn the second factor off?", "Your password alone is then enough to sign in.", "Turn it off", () => true))
      && (await delicate(() => auth("DELETE", "account/authenticators/totp"))) && "The second factor is off.");
    on("totp-on", async () => {
      const offered = await delicate(() => auth("GET", "account/authenticators/totp"));
      if (!offered?.meta?.secret) return null;
      const { secret, totp_svg: svg, totp_url: url } = offered.meta;
      const isOn = await ask({
        title: "Set up an authenticator app",
        content: html`<p>Scan this with your app, or type the key into it.</p>
          ${svg && html`<p class="qr"><img src="data:image/svg+xml,${encodeURIComponent(svg)}" alt="The key as a QR code" width="200" height="200" /></p>`}
          <p class="key"><code data-testid="totp-secret">${secret.match(/.{1,4}/g).join(" ")}</code> <a href="${url}" target="_blank">Open the app on this device</a></p>
          ${field("code", "The code that it shows", { autocomplete: "one-time-code", more: html`inputmode="numeric" maxlength="8"` })}`,
        button: "Turn it on",
        act: (form) => delicate(() => auth("POST", "account/authenticators/totp", { code: form.elements.code.value.trim() })),
      });
      if (!isOn) return null;
      await codes();
      return "The second factor is on.";
    });

    on("add-passkey", async () => {
      const offered = await delicate(() => auth("GET", "account/authenticators/webauthn?passwordless"));
      if (!offered) return null;
      const credential = await makePasskey(offered.data.creation_options.publicKey);
      const body = { name: deviceOf(navigator.userAgent), credential };
      const made = await delicate(() => auth("POST", "account/authenticators/webauthn", body));
      if (!made) return null;
      if (made.meta?.recovery_codes_generated) await codes();
      return "The passkey is ready.";
    });
    on("remove-passkey", async (id) => (await sure("Remove this passkey?", "It can no longer be used to sign in.", "Remove it", () => true))
      && (await delicate(() => auth("DELETE", "account/authenticators/webauthn", { authenticators: [Number(id)] }))) && "The passkey is removed.");

    const end = async (ids) => (await auth("DELETE", "auth/sessions", { sessions: ids }), "Signed out there.");
    on("end", (id) => end([Number(id)]));
    on("end-all", () => end(sessions.data.filter((one) => !one.is_current).map(({ id }) => id)));
  };
  return { title: "Sign-in and security", content, mount };
}
