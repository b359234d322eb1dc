// The button that calls for help: held for a second it calls at once; touched shortly it opens a form with a second
// button, which is all there is without this script. Neither happens by brushing against the screen.

const HOLD_MS = 1000;

/** Let the button be held; does nothing where there is none. */
export function startPanic() {
  const panic = document.querySelector("[data-panic]");
  if (!panic) return;
  const button = panic.querySelector("summary");
  const form = panic.querySelector("form");
  let timer = 0;
  let wasHeld = false;

  const begin = () => {
    if (timer) return;
    wasHeld = false;
    panic.dataset.holding = "";
    timer = setTimeout(() => {
      end();
      wasHeld = true;
      form.requestSubmit();
    }, HOLD_MS);
  };
  const end = () => {
    clearTimeout(timer);
    timer = 0;
    delete panic.dataset.holding;
  };

  panic.querySelector("[data-hint]").hidden = false;
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId); // a hand that shakes, or a page that moves, must not let go
    begin();
  });
  for (const name of ["pointerup", "pointercancel", "blur"]) button.addEventListener(name, end);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // what a long touch is taken for
  button.addEventListener("click", (event) => {
    if (wasHeld) event.preventDefault();
    wasHeld = false;
  });
  const isKey = (event) => event.key === "Enter" || event.key === " ";
  button.addEventListener("keydown", (event) => {
    if (!isKey(event)) return;
    event.preventDefault(); // a key held down would open and close the form
    if (!event.repeat) begin();
  });
  button.addEventListener("keyup", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    end();
    if (!wasHeld) panic.open = !panic.open;
    wasHeld = false;
  });
}
