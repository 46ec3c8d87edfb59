// A client's HTTP exchanges: watched, and cut as a bad network cuts them.
import { setMaxListeners } from 'node:events';
import { Journal } from './journal.mjs';

export class Exchanges {
  #answered = new Journal();

  /** To be the client transport's `fetch`. */
  fetch = async (url, init = {}) => {
    const cut = new AbortController();
    if (init.signal) {
      setMaxListeners(0, init.signal);  // The transport has one for all of its requests.
      init.signal.addEventListener('abort', () => cut.abort());
    }
    const response = await fetch(url, { ...init, signal: cut.signal });
    const resumed = new Headers(init.headers).get('last-event-id');
    this.#answered.add({ method: init.method, status: response.status, resumed, cut: () => cut.abort() });
    return response;
  };

  /** Resolves when `count` requests with that method have been answered, to what is known of them. */
  answered(method, count = 1) {
    return this.#answered.having(count, (exchange) => exchange.method === method);
  }

  /** Cuts the connection of the latest exchange with that method. */
  cut(method) {
    this.#answered.entries.findLast((exchange) => exchange.method === method).cut();
  }
}
