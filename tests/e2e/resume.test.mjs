// What outlives a lost connection, and a server that lost its sessions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { callText, connect } from './support/client.mjs';
import { startGateway } from './support/gateway.mjs';
import { startEverything } from './support/servers.mjs';

const DYNAMIC = 'demo://resource/dynamic/text/1';

async function everything(t) {
  const server = await startEverything(t);
  return { server, gateway: await startGateway(t, { everything: server.url }) };
}

/** Resolves to the first notification of that kind. */
function notified(client, schema) {
  return new Promise((resolve) => client.setNotificationHandler(schema, resolve));
}

test('after the server lost its sessions, subscription and streams are there again', async (t) => {
  const { server, gateway } = await everything(t);
  const { client } = await connect(t, gateway.url);
  await client.subscribeResource({ uri: DYNAMIC });
  await server.kill();
  await server.start();
  assert.equal(await callText(client, 'echo', { message: 'back' }), 'Echo: back');
  const updated = notified(client, ResourceUpdatedNotificationSchema);
  await callText(client, 'toggle-subscriber-updates');
  assert.equal((await updated).params.uri, DYNAMIC);
});

test('a client that lost the connection of a call fetches the result with Last-Event-ID', async (t) => {
  const { gateway } = await everything(t);
  const { transport } = await connect(t, gateway.url);
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    'Mcp-Session-Id': transport.sessionId,
    'MCP-Protocol-Version': '2025-11-25',
  };
  const params = { name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 2 } };
  const lost = new AbortController();
  const call = await fetch(gateway.url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ jsonrpc: '2.0', id: 77, method: 'tools/call', params }),
    signal: lost.signal,
  });
  const { value } = await call.body.getReader().read();
  const lastEventId = new TextDecoder().decode(value).match(/^id: (\S+)$/m)[1];
  lost.abort();

  const resumed = await fetch(gateway.url, { headers: { ...headers, 'Last-Event-ID': lastEventId } });
  assert.equal(resumed.status, 200);
  const events = await resumed.text(); // Ends after the response.
  const messages = [...events.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data));
  assert.equal(messages.at(-1).id, 77);
  assert.match(messages.at(-1).result.content[0].text, /completed/);

  // That was all of it: whoever asks again, as the SDK does after an error, is told that there is nothing more.
  const end = [...events.matchAll(/^id: (\S+)$/gm)].at(-1)[1];
  assert.equal((await fetch(gateway.url, { headers: { ...headers, 'Last-Event-ID': end } })).status, 405);
  assert.equal((await fetch(gateway.url, { headers: { ...headers, 'Last-Event-ID': 'made.1' } })).status, 400);
});
