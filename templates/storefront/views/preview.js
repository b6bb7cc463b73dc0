// A draft behind a preview token. It is shown by the same templates as the live page.

import { get } from "../api.js";
import { html } from "../dom.js";
import { tick } from "../pieces.js";
import { promotionPage, proseOf } from "./content.js";
import { homePage } from "./home.js";
import { productPage } from "./product.js";

const ribbon = (notice) => html`<aside class="ribbon" data-testid="draft-ribbon"><strong>Draft preview</strong><span>${notice}</span></aside>`;

/** A draft's fields, given to the template of its page type. */
function draftOf(draft) {
  const { title, meta, product } = draft;
  if (product) return productPage(product, { preview: true });
  const kind = meta.type.split(".").pop().toLowerCase();
  if (kind === "promotionpage") return { title, content: promotionPage(draft), mount: tick };
  if (kind !== "homepage") return { title, content: proseOf(draft) };
  const [link] = draft.hero_link ?? [];
  const cta = link && { label: link.value.text, url: link.value.url };
  const hero = { title: draft.hero_title, text: draft.hero_text, image: draft.hero_image, cta };
  return { title, content: homePage({ hero, body: draft.body }) };
}

export async function preview({ query }) {
  let draft;
  try {
    draft = await get("/v2/page_preview/", { content_type: query.get("content_type"), token: query.get("token") });
  } catch (problem) {
    if (problem.status < 400 || problem.status >= 500) throw problem;
    return {
      title: "Draft preview",
      content: html`${ribbon("Nothing to show")}<section class="notice-page"><h1>This preview has run out</h1>
        <p class="lead">Open the preview again from the editor to get a fresh one.</p></section>`,
    };
  }
  const shown = draftOf(draft);
  return { ...shown, title: `Draft: ${shown.title}`, content: html`${ribbon("Only editors with this address see it. Nothing can be bought here.")}${shown.content}` };
}
