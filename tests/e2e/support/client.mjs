// The official SDK client.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** Connects a client; it is closed after the test `t`. `sessionId` joins a session that exists. */
export async function connect(t, url, { name = 'e2e', capabilities = {}, sessionId } = {}) {
  const transport = new StreamableHTTPClientTransport(new URL(url), { sessionId });
  const client = new Client({ name, version: '1.0.0' }, { capabilities });
  t.after(() => client.close());
  await client.connect(transport);
  return { client, transport };
}

/** Calls a tool and returns the text of its result's first content. */
export async function callText(client, name, args = {}) {
  return (await client.callTool({ name, arguments: args })).content[0].text;
}

/** Returns the names of the first page of tools. */
export async function toolNames(client) {
  return (await client.listTools()).tools.map((tool) => tool.name);
}
