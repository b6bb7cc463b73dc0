// The second step of signing in with a passkey: asks the browser, sends what it signed.
const button = document.querySelector("[data-passkey]");
const form = document.getElementById("passkey");
const options = JSON.parse(document.getElementById("passkey-options").textContent);

if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) button.hidden = true;

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
    const credential = await navigator.credentials.get({ publicKey });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch {
    // Cancelled or refused by the browser, which has said so itself.
    button.disabled = false;
  }
});
