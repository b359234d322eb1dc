// Live pictures: a fresh one about every second while somebody looks, and the next only when the last has come.

const EVERY_MS = 1000;
const AFTER_FAILURE_MS = 3000;

async function refresh(image, address) {
  if (document.hidden) return EVERY_MS;
  try {
    const answer = await fetch(address, { headers: { "X-Requested-With": "panel" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const picture = URL.createObjectURL(await answer.blob());
    const old = image.src;
    image.src = picture;
    await image.decode();
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
    show(image, true);
    return EVERY_MS;
  } catch {
    show(image, false);
    return AFTER_FAILURE_MS;
  }
}

function show(image, isThere) {
  image.classList.toggle("gone", !isThere);
  const caption = image.parentElement.querySelector("figcaption");
  if (caption) caption.hidden = isThere;
}

/** Keep every image marked `data-live-picture` fresh. */
export function startPictures() {
  for (const image of document.querySelectorAll("[data-live-picture]")) {
    const address = image.src;
    const turn = async () => setTimeout(turn, await refresh(image, address));
    turn();
  }
}
