// The page on which a guard ticks off what leaves: buttons that count, beside fields that work without them.

/** Set a field, within what is left of its line; what is typed by hand may exceed that, and the box says so. */
function set(input, value) {
  input.value = String(Math.min(Math.max(value, 0), Number(input.dataset.most)));
  mark(input);
}

function mark(input) {
  input.classList.toggle("some", Number(input.value) > 0);
}

const form = document.querySelector("[data-release]");
const inputs = [...form.querySelectorAll("[data-stepper] input")];
for (const button of form.querySelectorAll("button[hidden]")) button.hidden = false;
for (const input of inputs) {
  mark(input);
  input.addEventListener("input", () => mark(input));
  input.addEventListener("focus", () => input.select());
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const input = button?.closest("[data-stepper]")?.querySelector("input");
  if (button && "everything" in button.dataset) {
    for (const one of inputs) set(one, Number(one.dataset.most));
  } else if (input && "all" in button.dataset) {
    set(input, Number(input.dataset.most));
  } else if (input && button.dataset.step) {
    set(input, Number(input.value) + Number(button.dataset.step));
  }
});
