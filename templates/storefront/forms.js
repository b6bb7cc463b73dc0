// Forms: a labelled field, what is wrong with it beside it, and one way to send any of them.

import { Problem } from "./api.js";
import { countries } from "./countries.js";
import { html, render } from "./dom.js";

/** `required`: true, false (marked as optional) or null (the server knows). `more`: further attributes. */
export const field = (name, label, { autocomplete = "off", type = "text", required = true, wide = false, value = "", hint = null, more = null } = {}) => html`
  <p class="field ${wide && "field--wide"}"><label for="${name}">${label}${required === false && html` <span class="muted">optional</span>`}</label>
    <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}" ${required && "required"} ${more}
      aria-describedby="${name}-error ${hint && `${name}-hint`}" />
    ${hint && html`<span class="field__hint" id="${name}-hint">${hint}</span>`}
    <span class="field__error" id="${name}-error"></span></p>`;

export const textField = (name, label, { rows = 4, required = true, value = "", max = 5000 } = {}) => html`
  <p class="field field--wide"><label for="${name}">${label}${required === false && html` <span class="muted">optional</span>`}</label>
    <textarea id="${name}" name="${name}" rows="${rows}" maxlength="${max}" ${required && "required"} aria-describedby="${name}-error">${value}</textarea>
    <span class="field__error" id="${name}-error"></span></p>`;

export const selectField = (name, label, options, { value = "", autocomplete = "off" } = {}) => html`
  <p class="field"><label for="${name}">${label}</label>
    <select id="${name}" name="${name}" autocomplete="${autocomplete}" aria-describedby="${name}-error">
      ${options.map(([key, text]) => html`<option value="${key}" ${key === value && "selected"}>${text}</option>`)}</select>
    <span class="field__error" id="${name}-error"></span></p>`;

export const checkbox = (name, label, checked = false) =>
  html`<label class="check"><input type="checkbox" name="${name}" ${checked && "checked"} /> <span>${label}</span></label>`;

export const errorBox = html`<div class="form-error" role="alert" data-error></div>`;

/** An address. `prefix` ("shipping_address.") stands before every name, `section` before autocomplete's. */
export function addressFields(here, { prefix = "", section = "", value = {} } = {}) {
  const part = (name, label, token, more = {}) =>
    field(`${prefix}${name}`, label, { autocomplete: `${section} ${token}`.trim(), value: value[name] ?? "", ...more });
  return html`<div class="fields">
    ${part("first_name", "First name", "given-name")}
    ${part("last_name", "Last name", "family-name")}
    ${part("line1", "Address", "address-line1", { wide: true })}
    ${part("line2", "Flat, floor, company", "address-line2", { required: false, wide: true })}
    ${part("postal_code", "Postal code", "postal-code", { required: null })}
    ${part("city", "City", "address-level2")}
    ${part("region", "State or region", "address-level1", { required: false })}
    ${selectField(`${prefix}country`, "Country", countries(), { value: value.country ?? here, autocomplete: `${section} country`.trim() })}
    ${part("phone", "Phone", "tel", { type: "tel", required: false, wide: true })}
  </div>`;
}

/** Writes below a field what is wrong with it, or with "" takes that away. Gives the field if it is there. */
export function complain(form, name, message) {
  const found = form.elements.namedItem(name);
  const input = found instanceof RadioNodeList ? found[0] : found;
  const note = document.getElementById(`${name}-error`);
  if (!note || !input) return null;
  note.textContent = message;
  if (message) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  return message ? input : null;
}

/** Writes beside each field what is wrong with it; true when nothing is. */
export function check(form) {
  const wrong = [...form.elements].filter((input) => input.name && input.willValidate).map((input) =>
    complain(form, input.name, input.validity.valid ? "" : input.validity.valueMissing ? "Please fill this in." : input.validationMessage));
  wrong.find(Boolean)?.focus();
  return !wrong.some(Boolean);
}

/** Shows a problem: below its fields, and what belongs to none of them above the button. */
export function showProblem(form, problem) {
  const homeless = problem.errors.filter(({ field: name, detail }) => !complain(form, name, detail));
  const box = form.querySelector("[data-error]");
  const lines = homeless.length > 0 ? homeless.map(({ detail }) => detail) : problem.errors.length > 0 ? [] : [problem.message];
  render(box, lines.map((line) => html`<p>${line}</p>`));
  form.querySelector("[aria-invalid=true]")?.focus();
}

/** Values of a form as text, without the boxes' "on". */
export const valuesOf = (form) =>
  Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string").map(([name, value]) => [name, value.trim()]));

/** Checks and sends a form: `act(form)` does it and throws a Problem for what the server refuses. */
export function whenSent(form, act) {
  form.noValidate = true;
  // While somebody types, not when they leave the field: the button must not move away from a click.
  form.addEventListener("input", ({ target }) => {
    if (target.name) complain(form, target.name, "");
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("[type=submit]");
    render(form.querySelector("[data-error]"), null);
    if (form.ariaBusy === "true" || !check(form)) return;
    form.ariaBusy = "true";
    if (button) button.disabled = true;
    try {
      await act(form);
    } catch (problem) {
      if (!(problem instanceof Problem)) console.error(problem);
      showProblem(form, problem instanceof Problem ? problem : new Problem(500));
    }
    form.ariaBusy = null;
    if (button) button.disabled = false;
  });
}
