// Loaded into the suite, makes its client one that likes streams better, by weights (RFC 9110 12.4.2), and that loses
// the connection of its call of `test_reconnection` after the first event.
const plainFetch = globalThis.fetch;

globalThis.fetch = async (url, init = {}) => {
  const headers = new Headers(init.headers);
  if (init.method === 'POST') headers.set('Accept', 'text/event-stream, application/json;q=0.5');
  if (!init.body?.includes('"test_reconnection"')) return plainFetch(url, { ...init, headers });

  const connection = new AbortController();
  const response = await plainFetch(url, { ...init, headers, signal: connection.signal });
  const { value } = await response.body.getReader().read();
  connection.abort();
  return new Response(value, { status: response.status, headers: response.headers });
};
