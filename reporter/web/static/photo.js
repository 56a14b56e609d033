// Makes a photo smaller on the phone before it is sent, shows how far it is, and lets it be stopped.
// Nothing needs this script: without it the form is sent as it is.
"use strict";
(() => {
  const LONGEST = 2000; // the clinic keeps no longer side, in dots
  const SMALL = 1024 * 1024; // such a file is sent as it is

  // The same picture, upright, as a small JPEG; the file itself where this browser cannot open it.
  async function smaller(file) {
    if (file.size <= SMALL || !window.createImageBitmap) return file;
    try {
      // A browser too old to turn it upright refuses these words: it sends the file itself.
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      const brush = canvas.getContext("2d");
      brush.fillStyle = "#fff";
      brush.fillRect(0, 0, canvas.width, canvas.height);
      brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return made && made.size < file.size ? made : file;
    } catch {
      return file;
    }
  }

  // The page that came as the answer takes the place of this one.
  function show(request) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    document.title = page.title;
    document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
    const first = document.querySelector("main .nhsuk-error-summary, main [role=status], main h1");
    first.tabIndex = -1;
    first.focus();
    begin(document.querySelector("form.photos"));
  }

  function begin(form) {
    if (!form) return;
    const inputs = [...form.querySelectorAll("input[type=file]")];
    const find = (selector) => form.querySelector(selector);
    const [button, says, problem] = [find("[data-add]"), find("[data-says]"), find("[data-problem]")];
    const bar = find("template").content.firstElementChild;
    const progress = bar.querySelector("progress");
    let request = null;
    let stopped = false;

    function wait(sending) {
      if (sending) says.after(bar);
      else bar.remove();
      button.disabled = sending;
      says.textContent = sending ? form.dataset.sending : "";
    }

    function fail(text) {
      wait(false);
      problem.textContent = text;
    }

    function send(photo) {
      const data = new FormData(form);
      data.delete("photo");
      data.append("photo", photo, photo.name || "photo.jpg");
      request = new XMLHttpRequest();
      request.upload.onprogress = (sent) => { progress.value = (100 * sent.loaded) / sent.total; };
      request.onload = () => (request.responseText.includes("<main") ? show(request) : fail(form.dataset.lost));
      request.onerror = () => fail(form.dataset.lost);
      request.onabort = () => fail(form.dataset.stopped);
      request.open("POST", form.action);
      request.send(data);
    }

    form.addEventListener("change", (event) => {
      inputs.forEach((one) => { if (one !== event.target) one.value = ""; });
      problem.textContent = "";
    });
    form.addEventListener("submit", async (event) => {
      const chosen = inputs.flatMap((one) => [...one.files])[0];
      if (!chosen) return; // the clinic's own page says what is missing
      event.preventDefault();
      problem.textContent = "";
      stopped = false;
      progress.value = 0;
      wait(true);
      const photo = await smaller(chosen);
      if (stopped) return;
      if (photo.size > form.dataset.most) fail(form.dataset.tooLarge);
      else send(photo);
    });
    bar.querySelector("[data-stop]").addEventListener("click", () => {
      stopped = true;
      if (request && request.readyState !== 4) request.abort();
      else fail(form.dataset.stopped);
    });
  }

  begin(document.querySelector("form.photos"));
})();
