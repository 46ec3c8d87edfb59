// One real server behind the gateway: what a client sees must be what it would see without the gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callText, connect, toolNames } from './support/client.mjs';
import { startGateway } from './support/gateway.mjs';
import { startEverything } from './support/servers.mjs';

async function everythingBehindGateway(t) {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url });
  return { server, gateway };
}

test('a client connects, lists the tools and calls them', async (t) => {
  const { gateway } = await everythingBehindGateway(t);
  const { client, transport } = await connect(t, gateway.url);

  assert.ok(transport.sessionId);
  assert.equal(transport.protocolVersion, '2025-11-25');
  assert.ok(client.getServerCapabilities().tools);

  const names = await toolNames(client);
  assert.ok(names.includes('echo') && names.includes('get-sum'), `tools: ${names}`);
  assert.equal(await callText(client, 'echo', { message: 'hällo, 世界 🎉' }), 'Echo: hällo, 世界 🎉');
  assert.equal(await callText(client, 'get-sum', { a: 19, b: 23 }), 'The sum of 19 and 23 is 42.');
});

test('tools are listed as the server lists them to a client without capabilities', async (t) => {
  const { server, gateway } = await everythingBehindGateway(t);
  const direct = await connect(t, server.url);
  const routed = await connect(t, gateway.url);
  assert.deepEqual((await routed.client.listTools()).tools, (await direct.client.listTools()).tools);
});

test('a structured result passes with its schema', async (t) => {
  const { gateway } = await everythingBehindGateway(t);
  const { client } = await connect(t, gateway.url);
  await client.listTools();  // From here on the SDK checks results against the output schema.
  const result = await client.callTool({ name: 'get-structured-content', arguments: { location: 'Chicago' } });
  assert.deepEqual(Object.keys(result.structuredContent).sort(), ['conditions', 'humidity', 'temperature']);
});

test('a tool error of the server arrives as a result with isError', async (t) => {
  const { gateway } = await everythingBehindGateway(t);
  const { client } = await connect(t, gateway.url);
  const result = await client.callTool({ name: 'echo', arguments: {} });
  assert.equal(result.isError, true);
  assert.match(result.content[0].text, /Invalid arguments for tool echo/);
});

test('a tool that the server does not have is answered as the server answers', async (t) => {
  const { server, gateway } = await everythingBehindGateway(t);
  const answers = [];
  for (const url of [server.url, gateway.url]) {
    const { client } = await connect(t, url);
    answers.push(await client.callTool({ name: 'no-such-tool', arguments: {} }));
  }
  assert.equal(answers[0].isError, true);
  assert.deepEqual(answers[1], answers[0]);
});

test('a method that nobody has is refused with -32601', async (t) => {
  const { gateway } = await everythingBehindGateway(t);
  const { transport } = await connect(t, gateway.url);
  const answer = new Promise((resolve) => {
    transport.onmessage = resolve;
  });
  await transport.send({ jsonrpc: '2.0', id: 'odd', method: 'no/such/method' });
  const { id, error } = await answer;
  assert.deepEqual([id, error.code], ['odd', -32601]);
});

test('progress arrives in order before the result', async (t) => {
  const { gateway } = await everythingBehindGateway(t);
  const { client } = await connect(t, gateway.url);
  const seen = [];
  const result = await client.callTool(
    { name: 'trigger-long-running-operation', arguments: { duration: 0.5, steps: 5 } },
    undefined,
    { onprogress: ({ progress, total }) => seen.push([progress, total]) },
  );
  assert.match(result.content[0].text, /completed/);
  assert.deepEqual(seen, [[1, 5], [2, 5], [3, 5], [4, 5], [5, 5]]);
});

test('calls of one session run side by side', async (t) => {
  const { gateway } = await everythingBehindGateway(t);
  const { client } = await connect(t, gateway.url);
  const finished = [];
  const slow = client
    .callTool({ name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 1 } })
    .then(() => finished.push('slow'));
  const quick = Array.from({ length: 20 }, (_, n) =>
    callText(client, 'get-sum', { a: n, b: 1 }).then((text) => {
      assert.equal(text, `The sum of ${n} and 1 is ${n + 1}.`);
      finished.push('quick');
    }),
  );
  await Promise.all([slow, ...quick]);
  assert.equal(finished.at(-1), 'slow');
});
