/* Passkeys: ask the browser, put its answer into the form, send the form. Nothing else is loaded. */
"use strict";
(() => {
  const TOO_OLD = 9 * 60 * 1000; // the challenge in the page is good for ten minutes
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const says = form.querySelector(".passkey-says");
  const button = form.querySelector("button");
  const kind = form.dataset.passkey;

  const bytes = text =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), one => one.charCodeAt(0));
  const text = data =>
    btoa(String.fromCharCode(...new Uint8Array(data)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const asked = () => {
    const wanted = JSON.parse(form.dataset.asked);
    wanted.challenge = bytes(wanted.challenge);
    if (wanted.user) wanted.user.id = bytes(wanted.user.id);
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      for (const one of wanted[list] || []) one.id = bytes(one.id);
    }
    return { publicKey: wanted };
  };

  const answered = made => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    return JSON.stringify({
      id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {},
    });
  };

  const failed = error => {
    button.disabled = false;
    const words = {
      InvalidStateError: "This device holds a passkey of yours already.",
      NotAllowedError: "It was not done: it was cancelled, or it took too long.",
      SecurityError: "Passkeys work only at the clinic's own address.",
    };
    says.textContent = words[error.name] || "This browser could not do it. Use another way.";
  };

  if (!window.PublicKeyCredential || !navigator.credentials) {
    says.textContent = "This browser knows no passkeys.";
    button.disabled = true;
    return;
  }
  button.hidden = false;
  form.addEventListener("submit", event => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    if (performance.now() > TOO_OLD) {
      location.reload();
      return;
    }
    button.disabled = true;
    says.textContent = "Follow what your device asks.";
    navigator.credentials[kind](asked()).then(made => {
      form.elements.answer.value = answered(made);
      form.submit();
    }).catch(failed);
  });
})();
