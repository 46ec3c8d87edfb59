// A list that grows while a test waits for it.
import { patiently } from './process.mjs';

export class Journal {
  entries = [];
  #watchers = new Set();

  add(entry) {
    this.entries.push(entry);
    this.#watchers.forEach((watcher) => watcher());
  }

  /** Resolves to the entries once there are `count` that match. */
  async having(count, matches = () => true) {
    let watcher;
    const there = new Promise((resolve) => {
      watcher = () => {
        if (this.entries.filter(matches).length >= count) resolve(this.entries.filter(matches));
      };
    });
    this.#watchers.add(watcher);
    watcher();
    return patiently(there, () => `waited for ${count} of ${matches}, got ${JSON.stringify(this.entries)}`).finally(() =>
      this.#watchers.delete(watcher),
    );
  }
}
