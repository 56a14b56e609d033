// Says before anything is sent that a photo is too large, and while it is sent that it takes time.
"use strict";
const form = document.querySelector("form.photos");
if (form) {
  const says = form.querySelector("[data-says]");
  const inputs = [...form.querySelectorAll("input[type=file]")];
  const tooLarge = () => inputs.some((one) => [...one.files].some((file) => file.size > form.dataset.most));
  form.addEventListener("change", (event) => {
    inputs.forEach((one) => { if (one !== event.target) one.value = ""; });
    says.textContent = tooLarge() ? form.dataset.tooLarge : "";
  });
  form.addEventListener("submit", (event) => {
    if (tooLarge()) {
      event.preventDefault();
      says.textContent = form.dataset.tooLarge;
      return;
    }
    if (inputs.some((one) => one.files.length)) says.textContent = form.dataset.sending;
  });
}
