// Passkeys: the browser's WebAuthn, with the JSON that the accounts API speaks.

import { Problem } from "./api.js";
import { auth } from "./session.js";

export const hasPasskeys = () => Boolean(window.PublicKeyCredential && navigator.credentials);

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const named = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

function asJson(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      ...Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])])),
      transports: response.getTransports?.(),
    },
  };
}

async function quietly(act) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(0, { detail: error.name === "InvalidStateError" ? "This device is here already." : "No passkey was used." });
  }
}

/** Signs in, or proves who it is, with a passkey. `path` gives the options and takes the answer. */
export async function askPasskey(path) {
  const { data } = await auth("GET", path);
  const options = data.request_options.publicKey;
  const credential = await quietly(() => navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) },
  }));
  return auth("POST", path, { credential: asJson(credential) });
}

/** Makes a passkey from the options of `account/authenticators/webauthn?passwordless`. */
export async function makePasskey(options) {
  const credential = await quietly(() => navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    },
  }));
  return asJson(credential);
}
