// What has been keyed of a Chinese word and is not yet written, and the candidates for it, which the box looks up.
// A name is never converted between scripts: the candidates are of the one that is chosen.

const ON_A_PAGE = 8;

export class Composition {
  #address;
  #changed;
  #asked = 0;
  #page = 0;

  constructor(address, changed) {
    this.#address = address;
    this.#changed = changed;
    this.keys = "";
    this.candidates = [];
    this.hasFailed = false;
  }

  get shown() {
    return this.candidates.slice(this.#page * ON_A_PAGE, (this.#page + 1) * ON_A_PAGE);
  }

  get hasEarlier() { return this.#page > 0; }

  get hasLater() { return (this.#page + 1) * ON_A_PAGE < this.candidates.length; }

  turn(pages) {
    this.#page += pages;
    this.#changed();
  }

  // Takes the keys as they are now. An answer that a later question has overtaken is dropped. Without an answer the
  // keys stay, so that the next one asks again.
  async set(keys, question) {
    const asked = (this.#asked += 1);
    this.keys = keys;
    if (!keys) {
      this.candidates = [];
      this.hasFailed = false;
      this.#page = 0;
      this.#changed();
      return;
    }
    this.#changed();
    let candidates = [];
    let hasFailed = false;
    try {
      const answer = await fetch(`${this.#address}?${new URLSearchParams({ ...question, q: keys })}`);
      if (!answer.ok) throw new Error(String(answer.status));
      candidates = (await answer.json()).candidates;
    } catch {
      hasFailed = true;
    }
    if (asked !== this.#asked) return;
    this.candidates = candidates;
    this.hasFailed = hasFailed;
    this.#page = 0;
    this.#changed();
  }
}
