// What the pages can do better with JavaScript. Without it they do the same, less comfortably.
"use strict";

const SENDING_MAX_MS = 30000; // the service answers sooner, or not at all
const PAUSE_MS = 500; // typing pauses so long before advice is read out
const LOOKED_AT = 512; // characters of a password: the longest there is

// Show and hide a password.
for (const box of document.querySelectorAll(".secret")) {
  const input = box.querySelector("input");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    const what = input.labels[0].textContent.toLowerCase();
    button.setAttribute("aria-label", `${button.textContent} ${what}`);
  };
  input.spellcheck = false;
  input.autocapitalize = "none";
  button.addEventListener("click", () => show(input.type === "password"));
  // Sent as a password, so that browsers keep it as one and not among what was typed before.
  input.form.addEventListener("submit", () => show(false));
  show(false);
  box.append(button);
}

// Advice on a new password. It is no judge: the service decides, and knows more.
const letters = (text) => text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
const words = (name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)].map(letters);
const FINE = "Long enough. How easy it is to guess is checked when you send it.";
const RUNS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

// What a password is worth when what follows from the character before counts for nothing.
function surprising(text) {
  const once = text.slice(0, LOOKED_AT).replace(/(.+?)\1+/gu, "$1");
  const chars = [...once.toLowerCase()];
  const follows = (a, b) => RUNS.some((run) => run.includes(a + b) || run.includes(b + a));
  return chars.filter((char, i) => char !== chars[i - 1] && !follows(chars[i - 1], char));
}

// What speaks against a password, or "".
function advise(password, known, min) {
  const missing = min - [...password.normalize("NFC")].length;
  if (missing > 0) return `${missing} more character${missing === 1 ? "" : "s"} to go.`;
  const typed = letters(password);
  let rest = typed;
  for (const word of known.sort((a, b) => b.length - a.length)) {
    if (word.length >= 3) rest = rest.split(word).join("");
  }
  if (rest !== typed && surprising(rest).length < 8) {
    return "It is built from the user name or the name of this service.";
  }
  if (new Set(surprising(password)).size < 6) {
    return "It repeats itself, or runs along the keyboard.";
  }
  return "";
}

for (const place of document.querySelectorAll("[data-advice-for]")) {
  const input = document.getElementById(place.dataset.adviceFor);
  const uname = input.form.elements.uname;
  let timer;
  const say = () => {
    const known = [...words(input.dataset.service), ...words(uname.value)];
    const advice = advise(input.value, known, Number(input.dataset.min));
    place.textContent = input.value && (advice || FINE);
    place.classList.toggle("good", !advice);
    if (input.value && !advice) {
      // What was said of the last one does not hold for this one.
      input.setAttribute("aria-invalid", "false");
      document.getElementById(`${input.id}-error`).textContent = "";
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(say, PAUSE_MS);
  };
  input.addEventListener("input", later);
  uname.addEventListener("input", later);
}

// One click sends a form once.
const buttons = (form) => form.querySelectorAll("button:not([type])");
const ready = (form) => {
  for (const button of buttons(form)) button.disabled = false;
  form.removeAttribute("aria-busy");
};
for (const form of document.forms) {
  form.addEventListener("submit", () => {
    for (const button of buttons(form)) button.disabled = true;
    form.setAttribute("aria-busy", "true");
    setTimeout(() => ready(form), SENDING_MAX_MS);
  });
}
// Also when the page comes back from the browser's memory.
addEventListener("pageshow", () => [...document.forms].forEach(ready));

// When to come back, counted down.
for (const place of document.querySelectorAll("[data-wait]")) {
  const end = Date.now() + Number(place.dataset.wait) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    place.textContent = left ? `You can try again in ${clock}.` : "You can try again now.";
    if (left) setTimeout(tick, 1000);
  };
  if (place.dataset.wait) tick();
}

// Times as the reader's clock shows them.
for (const time of document.querySelectorAll("time")) {
  const style = { dateStyle: "long", timeStyle: "short" };
  time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, style);
}
