// @modelcontextprotocol/server-everything and the official client: what both sides say of their own accord. Every test
// runs against the server itself too, so that what fails only through the gateway is the gateway's fault.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as mcp from '@modelcontextprotocol/sdk/types.js';
import { callText, connect, notifications, toolNames } from './support/client.mjs';
import { startGateway } from './support/gateway.mjs';
import { startEverything } from './support/servers.mjs';

/** Registers a test with a URL of the server, and one with a URL of a gateway in front of it. */
function everyWay(name, run) {
  test(`${name}: directly`, async (t) => {
    const server = await startEverything(t);
    await run(t, server.url, server);
  });
  test(`${name}: through the gateway`, async (t) => {
    const server = await startEverything(t);
    await run(t, (await startGateway(t, { everything: server.url })).url, server);
  });
}

/** Connects a client to whom the server can speak at any time. */
async function connectListening(t, url, server, capabilities = {}) {
  const connected = await connect(t, url, { capabilities });
  await connected.client.ping();
  await toolNames(connected.client);
  await connected.exchanges.answered('GET');
  await server.program.line(/^Establishing new SSE stream for session/);
  return connected;
}

const architecture = 'demo://resource/static/document/architecture.md';
const features = 'demo://resource/static/document/features.md';
const longRunning = (duration, steps) => ({
  name: 'trigger-long-running-operation',
  arguments: { duration, steps },
});

everyWay('a client gets log messages of the level that it set, and no lower ones', async (t, url, server) => {
  const { client } = await connectListening(t, url, server);
  const logs = notifications(client, mcp.LoggingMessageNotificationSchema);
  const updates = notifications(client, mcp.ResourceUpdatedNotificationSchema);

  // The server logs every subscription at level info.
  await client.setLoggingLevel('info');
  await client.subscribeResource({ uri: architecture });
  const [{ level, data }] = await logs.having(1);
  assert.equal(level, 'info');
  assert.match(data, new RegExp(`^Received Subscribe Resource request for URI: ${architecture}`));

  await client.setLoggingLevel('warning');
  await client.subscribeResource({ uri: features });
  await callText(client, 'toggle-subscriber-updates');
  await updates.having(2);  // On the stream that a log message would have come on before.
  assert.equal(logs.entries.length, 1);
});

everyWay('a client gets updates of the resources that it is subscribed to', async (t, url, server) => {
  const { client } = await connectListening(t, url, server);
  const updates = notifications(client, mcp.ResourceUpdatedNotificationSchema);
  await client.subscribeResource({ uri: architecture });
  await client.subscribeResource({ uri: features });
  await client.unsubscribeResource({ uri: architecture });
  await callText(client, 'toggle-subscriber-updates');
  assert.deepEqual(await updates.having(1), [{ uri: features }]);
});

everyWay('a client learns that a list has changed, and what it is now', async (t, url, server) => {
  const { client } = await connectListening(t, url, server);
  const uris = async () => (await client.listResources()).resources.map(({ uri }) => uri);
  const before = await uris();
  const changes = notifications(client, mcp.ResourceListChangedNotificationSchema);
  const { content } = await client.callTool({
    name: 'gzip-file-as-resource',
    arguments: { name: 'greeting.gz', data: 'data:text/plain,hello' },
  });
  await changes.having(1);
  const { uri } = content[0];
  assert.deepEqual(await uris(), [...before, uri]);
  const { contents } = await client.readResource({ uri });
  assert.match(contents[0].blob, /^H4sI/);  // The magic number of gzip.
});

everyWay('a tool samples with the client in the middle of a call', async (t, url) => {
  const { client } = await connect(t, url, { capabilities: { sampling: {} } });
  client.setRequestHandler(mcp.CreateMessageRequestSchema, ({ params }) => ({
    model: 'test-model',
    role: 'assistant',
    content: { type: 'text', text: `I was asked: ${params.messages[0].content.text}, ${params.maxTokens}` },
  }));
  const text = await callText(client, 'trigger-sampling-request', { prompt: 'why?', maxTokens: 17 });
  assert.match(text, /I was asked: Resource trigger-sampling-request context: why\?, 17/);
});

everyWay('an error of the client reaches the tool that asked', async (t, url) => {
  const { client } = await connect(t, url, { capabilities: { sampling: {} } });
  client.setRequestHandler(mcp.CreateMessageRequestSchema, () => {
    throw new mcp.McpError(-1, 'User rejected sampling request');
  });
  const result = await client.callTool({ name: 'trigger-sampling-request', arguments: { prompt: 'why?' } });
  assert.equal(result.isError, true);
  assert.match(result.content[0].text, /User rejected sampling request/);
});

const elicitations = {
  accept: [{ action: 'accept', content: { name: 'Ada' } }, /User provided the requested information/],
  decline: [{ action: 'decline' }, /User declined/],
  cancel: [{ action: 'cancel' }, /User cancelled/],
};
for (const [action, [answer, expected]] of Object.entries(elicitations)) {
  everyWay(`a tool asks the user, who answers: ${action}`, async (t, url) => {
    const { client } = await connect(t, url, { capabilities: { elicitation: { form: {} } } });
    client.setRequestHandler(mcp.ElicitRequestSchema, ({ params }) => {
      assert.equal(params.requestedSchema.properties.check.type, 'boolean');
      return answer;
    });
    assert.match(await callText(client, 'trigger-elicitation-request'), expected);
  });
}

everyWay('a tool sends the user to a URL, or asks for that in its error', async (t, url) => {
  const { client } = await connect(t, url, { capabilities: { elicitation: { url: {} } } });
  const asked = [];
  client.setRequestHandler(mcp.ElicitRequestSchema, ({ params }) => {
    asked.push(params);
    return { action: 'accept' };
  });
  const page = { url: 'https://example.com/consent', elicitationId: 'one' };
  assert.match(await callText(client, 'trigger-url-elicitation', page), /User completed/);
  assert.deepEqual([asked[0].mode, asked[0].url, asked[0].elicitationId], ['url', page.url, 'one']);

  await assert.rejects(callText(client, 'trigger-url-elicitation', { ...page, errorPath: true }), (error) => {
    assert.equal(error.code, -32042);
    assert.equal(error.data.elicitations[0].url, 'https://modelcontextprotocol.io');
    return true;
  });
});

everyWay('the server knows the roots of the client, also when they change', async (t, url, server) => {
  const { client } = await connect(t, url, { capabilities: { roots: { listChanged: true } } });
  const roots = [{ uri: 'file:///one', name: 'One' }];
  client.setRequestHandler(mcp.ListRootsRequestSchema, () => ({ roots }));
  const logs = notifications(client, mcp.LoggingMessageNotificationSchema);
  await toolNames(client);
  await logs.having(1, ({ data }) => data === 'Roots updated: 1 root(s) received from client');

  roots.push({ uri: 'file:///two', name: 'Two' });
  await client.sendRootsListChanged();
  await logs.having(1, ({ data }) => data === 'Roots updated: 2 root(s) received from client');
  const text = await callText(client, 'get-roots-list');
  assert.match(text, /1\. One\n   URI: file:\/\/\/one\n\n2\. Two\n   URI: file:\/\/\/two/);
});

everyWay('a call that the client cancels ends, and the session works on', async (t, url) => {
  const { client } = await connect(t, url);
  const cancel = new AbortController();
  const seen = [];
  const call = client.callTool(longRunning(30, 300), undefined, {
    signal: cancel.signal,
    onprogress: ({ progress }) => {
      seen.push(progress);
      cancel.abort('enough');
    },
  });
  await assert.rejects(call, /enough/);
  assert.deepEqual(seen, [1]);
  assert.equal(await callText(client, 'echo', { message: 'still here' }), 'Echo: still here');
});

everyWay('two clients with the same request ids and progress tokens get their own answers', async (t, url) => {
  const clients = [await connect(t, url, { name: 'one' }), await connect(t, url, { name: 'two' })];
  const run = async ({ client }, steps) => {
    const seen = [];
    const onprogress = ({ progress, total }) => seen.push([progress, total]);
    const { content } = await client.callTool(longRunning(0.6, steps), undefined, { onprogress });
    return [seen, content[0].text];
  };
  const results = await Promise.all([run(clients[0], 2), run(clients[1], 3)]);
  assert.deepEqual(results, [
    [[[1, 2], [2, 2]], 'Long running operation completed. Duration: 0.6 seconds, Steps: 2.'],
    [[[1, 3], [2, 3], [3, 3]], 'Long running operation completed. Duration: 0.6 seconds, Steps: 3.'],
  ]);
});

everyWay('a task runs beside other calls until its result is fetched', async (t, url) => {
  const { client } = await connect(t, url);
  await client.listTools();  // The SDK learns here which tools run as tasks.
  const kinds = [];
  const call = { name: 'simulate-research-query', arguments: { topic: 'routers' } };
  for await (const message of client.experimental.tasks.callToolStream(call, undefined, { task: { ttl: 60_000 } })) {
    kinds.push(message.type);
    if (message.type === 'taskCreated') {
      assert.equal(await callText(client, 'echo', { message: 'meanwhile' }), 'Echo: meanwhile');
    }
    if (message.type === 'result') assert.match(message.result.content[0].text, /routers/);
  }
  assert.equal(kinds[0], 'taskCreated');
  assert.equal(kinds.at(-1), 'result');
});

everyWay('a client that lost its stream gets what it missed', async (t, url, server) => {
  const { client, exchanges } = await connectListening(t, url, server);
  const logs = notifications(client, mcp.LoggingMessageNotificationSchema);
  await client.subscribeResource({ uri: architecture });
  await logs.having(1);

  exchanges.cut('GET');
  await client.subscribeResource({ uri: features });
  const [, again] = await exchanges.answered('GET', 2);
  assert.ok(again.resumed);
  assert.match((await logs.having(2))[1].data, new RegExp(features));
});

everyWay('a client that lost the connection of its call gets what it missed by another', async (t, url) => {
  const { client, exchanges } = await connect(t, url);
  await exchanges.answered('GET');
  const seen = [];
  const call = client.callTool(longRunning(0.6, 3), undefined, {
    onprogress({ progress }) {
      seen.push(progress);
      if (progress === 1) exchanges.cut('POST');
    },
  });
  assert.match((await call).content[0].text, /completed/);
  assert.deepEqual(seen, [1, 2, 3]);
});

// The server's own store of events cannot do this: it replays, and then sends no more.
test('a stream that was lost goes on after what was missed: through the gateway', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url }, { timeouts: { streamRetry: '50ms' } });
  const { client, exchanges } = await connectListening(t, gateway.url, server);
  const logs = notifications(client, mcp.LoggingMessageNotificationSchema);
  const uris = ['demo://1', 'demo://2', 'demo://3', 'demo://4'];
  await client.subscribeResource({ uri: uris[0] });
  await logs.having(1);
  exchanges.cut('GET');
  await client.subscribeResource({ uri: uris[1] });
  await exchanges.answered('GET', 2);
  await client.subscribeResource({ uri: uris[2] });
  await logs.having(3);
  exchanges.cut('GET');
  await exchanges.answered('GET', 3);
  await client.subscribeResource({ uri: uris[3] });
  const all = await logs.having(4);
  assert.deepEqual(all.map(({ data }) => data.match(/demo:\/\/\d/)[0]), uris);
});

test('a call whose connection was lost several times goes on every time: through the gateway', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url }, { timeouts: { streamRetry: '50ms' } });
  const { client, exchanges } = await connect(t, gateway.url);
  await exchanges.answered('GET');
  const seen = [];
  const call = client.callTool(longRunning(1.2, 6), undefined, {
    onprogress({ progress }) {
      seen.push(progress);
      if (progress === 1) exchanges.cut('POST');
      if (progress === 3) exchanges.cut('GET');  // What carries the call now.
    },
  });
  assert.match((await call).content[0].text, /completed/);
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6]);
});

// The SDK takes an error for no answer, and comes back for one.
test('a client that comes back after an error is told that there is no more: through the gateway', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url }, { timeouts: { streamRetry: '50ms' } });
  const { client, exchanges } = await connect(t, gateway.url, { capabilities: { elicitation: { url: {} } } });
  const errors = [];
  client.onerror = (error) => errors.push(error);
  await exchanges.answered('GET');
  const page = { url: 'https://example.com/consent', errorPath: true };
  await assert.rejects(callText(client, 'trigger-url-elicitation', page), { code: -32042 });
  const [, again] = await exchanges.answered('GET', 2);
  assert.ok(again.resumed);
  assert.equal(again.status, 405);
  assert.equal(await callText(client, 'echo', { message: 'hi' }), 'Echo: hi');
  assert.deepEqual(errors, []);
});
