// A unit by typing it: what begins so far is asked for at every key, and the answer takes the place of the one before.

const form = document.querySelector("form[data-find]");
const input = form.elements.q;
let asked = null;

async function find() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  const address = new URL(form.dataset.find, location);
  address.searchParams.set("q", input.value);
  try {
    const answer = await fetch(address, { signal });
    // Redirected: this turn is over.
    if (answer.redirected || !answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (signal.aborted) return;
    document.querySelector("[data-found]").replaceChildren(...page.querySelector("[data-found]").children);
  } catch {
    // Overtaken by the next key, or the server restarts: the next key asks again.
  }
}

input.addEventListener("input", find);
// What Enter asks for is there already.
form.addEventListener("submit", (event) => event.preventDefault());
document.querySelector("[data-without-script]").hidden = true;
form.dataset.ready = "yes";
