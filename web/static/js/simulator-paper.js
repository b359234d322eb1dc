/** The paper: each receipt comes out of the slot once; those that lay there before the page was opened just lie there. */

const SHOWN = 3;
const paper = document.querySelector("[data-paper]");
let newest = null;
let hasLooked = false;

/** The number of the receipt on top, or null. */
export function lastReceipt() {
  return newest;
}

/** Show the last receipts of those that came out, given by their numbers in the order of printing. */
export function showReceipts(base, ids) {
  const last = ids.at(-1) ?? null;
  const comesOut = hasLooked;
  hasLooked = true;
  if (last === newest) return;
  if (newest !== null && (last === null || last < newest)) paper.replaceChildren();
  for (const id of ids.slice(-SHOWN)) {
    if (newest !== null && id <= newest && last > newest) continue;
    put(base, id, comesOut);
  }
  newest = last;
  while (paper.querySelectorAll("figure").length > SHOWN) paper.querySelector("figure:last-of-type").remove();
}

function put(base, id, comesOut) {
  paper.querySelector(".empty")?.remove();
  const sheet = document.createElement("figure");
  const picture = document.createElement("img");
  picture.alt = `${paper.dataset.alt} ${id}`;
  picture.dataset.receipt = id;
  if (comesOut) sheet.classList.add("coming");
  picture.addEventListener("load", () => sheet.classList.add("printed"));
  picture.src = `${base}receipts/${id}.png`;
  sheet.append(picture);
  paper.prepend(sheet);
  paper.scrollTop = 0;
}
