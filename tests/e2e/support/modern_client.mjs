// The official SDK client of 2026-07-28, @modelcontextprotocol/client 2.x.
//
// It is session-ful by default; `versionNegotiation` makes it modern. `{ pin }` sends server/discover first and wants
// the revision in `supportedVersions`; `auto` falls back to initialize when the answer is not a modern one. After that
// every request carries `_meta` and the headers; `Mcp-Param-*` come from the last `tools/list`. A result without
// `resultType` is refused, as is a list without `ttlMs` and `cacheScope`. An `input_required` result is answered by the
// handlers of elicitation/create, sampling/createMessage and roots/list and the call sent again, under a new id, ten
// times at most. Ids count from 0 in every client; those of subscriptions/listen are strings, `listen:0` and on. Its
// notifications have no `Mcp-Method`.
import { Client, LOG_LEVEL_META_KEY, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

export const MODERN = '2026-07-28';

/** To be in `_meta` of a request whose log messages are wanted from `level` on. */
export const logLevel = (level) => ({ [LOG_LEVEL_META_KEY]: level });

/** Connects a client; it is closed after the test `t`. */
export async function connectModern(t, url, { name = 'e2e', capabilities = {}, answers = {}, fetch } = {}) {
  const client = new Client(
    { name, version: '1.0.0' },
    { capabilities, versionNegotiation: { mode: { pin: MODERN } } },
  );
  for (const [method, answer] of Object.entries(answers)) client.setRequestHandler(method, answer);
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch });
  t.after(() => client.close());
  await client.connect(transport);
  return { client, transport };
}
