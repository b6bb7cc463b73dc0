// The link below marketing mails: one click, no signing in.

import { post } from "../api.js";
import { html, render } from "../dom.js";
import { errorBox, whenSent } from "../forms.js";

export async function stopMails({ params }) {
  const content = html`<section class="gate" data-stop><h1>No more news by mail?</h1>
    <p class="lead">Mails about your orders come in any case.</p>
    <form class="stack">${errorBox}<button class="button button--large button--wide" type="submit" data-testid="stop">Stop these mails</button></form></section>`;
  const mount = (main) => whenSent(main.querySelector("form"), async () => {
    const { email } = await post("/marketing/stop/", { token: params.token });
    render(main.querySelector("[data-stop]"), html`<h1 tabindex="-1">That is done</h1>
      <p class="lead">We send no more news to <strong>${email}</strong>.</p><p><a class="button button--quiet" href="/">To the shop</a></p>`);
    main.querySelector("h1").focus();
  });
  return { title: "No more news by mail", content, mount };
}
