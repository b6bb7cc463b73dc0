// Stars: shown for a rating, chosen in a form.

import { html, icon } from "./dom.js";

export const stars = (rating) => html`<span class="stars" role="img" aria-label="${rating} of 5 stars">
  ${[1, 2, 3, 4, 5].map((one) => html`<span class="${one <= rating ? "stars__on" : "stars__off"}">${icon("star")}</span>`)}</span>`;

const MEANS = ["", "Poor", "Not so good", "All right", "Good", "Excellent"];

/** Radio buttons that look like stars; those up to the chosen one are filled. */
export const starField = (chosen = 0) => html`<fieldset class="star-field field--wide"><legend>Your rating</legend>
  <div class="star-field__row">${[5, 4, 3, 2, 1].map((one) => html`
    <input class="visually-hidden" type="radio" name="rating" id="rating-${one}" value="${one}" required ${one === chosen && "checked"} />
    <label for="rating-${one}" title="${MEANS[one]}">${icon("star")}<span class="visually-hidden">${one} of 5: ${MEANS[one]}</span></label>`)}</div>
  <span class="field__error" id="rating-error"></span></fieldset>`;
