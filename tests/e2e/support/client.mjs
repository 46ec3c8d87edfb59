// The official SDK client.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Exchanges } from './exchanges.mjs';
import { Journal } from './journal.mjs';

/** Connects a client; it is closed after the test `t`. `sessionId` joins a session that exists. */
export async function connect(t, url, { name = 'e2e', capabilities = {}, sessionId } = {}) {
  const exchanges = new Exchanges();
  const transport = new StreamableHTTPClientTransport(new URL(url), { sessionId, fetch: exchanges.fetch });
  const client = new Client({ name, version: '1.0.0' }, { capabilities });
  t.after(() => client.close());
  await client.connect(transport);
  return { client, transport, exchanges };
}

/** Calls a tool and returns the text of its result's first content. */
export async function callText(client, name, args = {}) {
  return (await client.callTool({ name, arguments: args })).content[0].text;
}

/** Returns the names of the first page of tools. */
export async function toolNames(client) {
  return (await client.listTools()).tools.map((tool) => tool.name);
}

/** Returns a journal of the params of the notifications of one kind that a client gets from now on. */
export function notifications(client, schema) {
  const journal = new Journal();
  client.setNotificationHandler(schema, ({ params }) => journal.add(params));
  return journal;
}
