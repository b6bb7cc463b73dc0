// The address book.

import { get, patch, post, remove, site } from "../../api.js";
import { ask, sure } from "../../dialogs.js";
import { html, toast } from "../../dom.js";
import { addressFields, checkbox, valuesOf } from "../../forms.js";
import { addressOf } from "../../pieces.js";
import { framed, nothing } from "./frame.js";

const card = (address) => html`<li class="box" data-testid="address">
  ${addressOf(address)}
  ${(address.is_default_shipping || address.is_default_billing) && html`<p class="tags">
    ${address.is_default_shipping && html`<span class="tag">Shipping</span>`}${address.is_default_billing && html`<span class="tag">Billing</span>`}</p>`}
  <p class="box__foot">
    <button class="text-button" type="button" data-edit="${address.id}">Edit<span class="visually-hidden"> ${address.line1}</span></button>
    <button class="text-button" type="button" data-remove="${address.id}">Remove<span class="visually-hidden"> ${address.line1}</span></button>
  </p></li>`;

function edit(address, here) {
  const boxes = [
    ["is_default_shipping", "Send parcels here unless I say otherwise"],
    ["is_default_billing", "Send bills here unless I say otherwise"],
  ];
  return ask({
    title: address ? "Edit address" : "Add an address",
    content: html`${addressFields(here, { value: address ?? {} })}
      ${boxes.map(([name, label]) => !address?.[name] && checkbox(name, label))}`,
    button: "Save address",
    act: (form) => {
      const body = valuesOf(form);
      for (const [name] of boxes) {
        delete body[name];
        if (form.elements[name]?.checked) body[name] = true;
      }
      return address ? patch(`/addresses/${address.id}/`, body) : post("/addresses/", body);
    },
  });
}

export async function addresses() {
  const [{ results }, shop] = await Promise.all([get("/addresses/", { page_size: 100 }), site()]);
  const here = shop.default_country ?? "US";
  const content = framed("/account/addresses/", "Addresses", html`
    ${results.length > 0 ? html`<ul class="boxes">${results.map(card)}</ul>` : nothing("No address is kept yet. With one, checking out is a matter of seconds.")}
    <p class="after"><button class="button" type="button" data-add data-testid="add-address">Add an address</button></p>`);
  const mount = (main, reload) => main.querySelector(".account__main").addEventListener("click", async ({ target }) => {
    const { edit: edited, remove: removed, add } = target.closest("button")?.dataset ?? {};
    const done = edited || add !== undefined
      ? await edit(results.find(({ id }) => id === edited), here)
      : removed && (await sure("Remove this address?", "Orders that went there keep it.", "Remove it", () => remove(`/addresses/${removed}/`)));
    if (!done) return;
    await reload();
    toast(removed ? "The address is removed." : "The address is kept.");
  });
  return { title: "Addresses", content, mount };
}
