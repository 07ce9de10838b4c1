// Shows a text while it is written as it will be read: the form is sent with its button "preview", as it is without
// script, and only the preview of the answer is taken.
const PAUSE = 700;

for (const button of document.querySelectorAll("button[name=preview]")) {
  const form = button.form;
  const field = form.querySelector("textarea");
  let timer, asked = 0;

  async function show() {
    const mine = ++asked;
    const body = new URLSearchParams(new FormData(form));
    body.set("preview", button.value);
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (!answer.ok || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const preview = page.querySelector(".preview");
      if (!preview) return;
      preview.removeAttribute("autofocus");
      form.querySelector(".preview")?.remove();
      (field.closest("label") ?? field).after(preview);
    } catch { /* The next letter asks again, and the button works by itself. */ }
  }

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, PAUSE); });
}
