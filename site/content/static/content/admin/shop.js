/* The Shop menu: rows that can be added, long lists that can be searched, fields that depend
   on a choice. Every page works without it, only with less comfort. */
(() => {
  "use strict";

  /* Rows of a formset. */
  const addRow = (prefix) => {
    const box = document.querySelector(`[data-shop-rows="${prefix}"]`);
    const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
    const template = box.querySelector("template[data-shop-row]");
    const html = template.innerHTML.replaceAll("__prefix__", total.value);
    const holder = document.createElement("div");
    holder.innerHTML = html;
    const row = holder.firstElementChild;
    const scripts = [...row.querySelectorAll("script")].map((old) => {
      const script = document.createElement("script");
      script.textContent = old.textContent;
      old.remove();
      return script;
    });
    box.insertBefore(row, template);
    total.value = Number(total.value) + 1;
    // A chooser starts itself with a script beside it, which markup alone would not run.
    scripts.forEach((script) => row.append(script));
    row.querySelector("input:not([type=hidden]), select, button")?.focus();
    row.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const markRemoved = (box) => {
    box.closest(".shop-row")?.classList.toggle("shop-row--removed", box.checked);
  };

  /* A field above a long list of checkboxes that leaves only what matches. */
  const addSearch = (box) => {
    const choices = [...box.querySelectorAll("label")].filter((label) =>
      label.querySelector("input[type=checkbox]"),
    );
    if (choices.length < 12) return;
    const search = document.createElement("input");
    search.type = "search";
    search.placeholder = box.dataset.shopFilter;
    search.setAttribute("aria-label", box.dataset.shopFilter);
    search.className = "shop-choices__search";
    const leave = () => {
      const text = search.value.trim().toLowerCase();
      for (const label of choices) {
        const chosen = label.querySelector("input").checked;
        const fits = label.textContent.toLowerCase().includes(text);
        label.parentElement.hidden = text ? !fits : false;
        label.parentElement.style.order = chosen ? "-1" : "";
      }
    };
    search.addEventListener("input", leave);
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    box.prepend(search);
    leave();
  };

  const start = () => {
    document.querySelectorAll("[data-shop-filter]:not(input)").forEach(addSearch);

    const kinds = document.querySelectorAll("input[name=kind]");
    const dependent = document.querySelectorAll("[data-shop-when]");
    const show = () => {
      const chosen = document.querySelector("input[name=kind]:checked")?.value;
      dependent.forEach((part) => {
        part.hidden = !part.dataset.shopWhen.split(" ").includes(chosen);
      });
    };
    if (dependent.length && kinds.length) {
      kinds.forEach((kind) => kind.addEventListener("change", show));
      show();
    }
  };

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-shop-add]");
    if (add) addRow(add.dataset.shopAdd);

    // To the stock form without losing what was typed into the table.
    const stock = event.target.closest("[data-shop-stock]");
    const variant = document.getElementById("id_stock-variant");
    if (stock && variant) {
      event.preventDefault();
      variant.value = stock.dataset.shopStock;
      document.getElementById("stock").scrollIntoView({ block: "start", behavior: "smooth" });
      document.getElementById("id_stock-kind").focus({ preventScroll: true });
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches?.(".shop-row__remove input")) markRemoved(event.target);
    event.target.closest?.("[data-shop-unsaved]")?.setAttribute("data-shop-changed", "");
  });

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.shopConfirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    document.querySelector("[data-shop-changed]")?.removeAttribute("data-shop-changed");
  });

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("[data-shop-changed]")) event.preventDefault();
  });

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
