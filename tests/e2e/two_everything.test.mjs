// Two servers with the same prompts, resources and ids behind one endpoint: everything reaches the right one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import * as mcp from '@modelcontextprotocol/sdk/types.js';
import { callText, connect, notifications, toolNames } from './support/client.mjs';
import { startConformanceBackend } from './support/conformance.mjs';
import { startGateway } from './support/gateway.mjs';
import { startEverything } from './support/servers.mjs';

const document = 'demo://resource/static/document/architecture.md';
const template = 'demo://resource/dynamic/text/{resourceId}';

async function twoBehindGateway(t, capabilities = {}) {
  const one = await startEverything(t);
  const two = await startEverything(t);
  const gateway = await startGateway(t, { one: one.url, two: two.url });
  return { one, two, gateway, ...(await connect(t, gateway.url, { capabilities })) };
}

/** Connects a client to whom both servers can speak at any time. */
async function twoListening(t, capabilities) {
  const both = await twoBehindGateway(t, capabilities);
  await toolNames(both.client);
  await both.exchanges.answered('GET');
  for (const { program } of [both.one, both.two]) await program.line(/^Establishing new SSE stream for session/);
  return both;
}

/** Makes a resource at a server of which only that server knows; returns its URI. */
async function gzipped(client, server, name) {
  const args = { name, data: `data:text/plain,${server}` };
  const { content } = await client.callTool({ name: `${server}__gzip-file-as-resource`, arguments: args });
  return content[0].uri;
}

/** Reads such a resource; returns what was compressed. */
async function gunzipped(client, uri) {
  const { contents } = await client.readResource({ uri });
  return gunzipSync(Buffer.from(contents[0].blob, 'base64')).toString();
}

test('prompts are listed as <server>__<prompt> and come from that server', async (t) => {
  const { client, one } = await twoBehindGateway(t);
  const { client: direct } = await connect(t, one.url);
  const own = (await direct.listPrompts()).prompts;
  const named = (server) => own.map((prompt) => ({ ...prompt, name: `${server}__${prompt.name}` }));
  assert.deepEqual((await client.listPrompts()).prompts, [...named('one'), ...named('two')]);

  const args = { city: 'Zürich' };
  assert.deepEqual(
    await client.getPrompt({ name: 'two__args-prompt', arguments: args }),
    await direct.getPrompt({ name: 'args-prompt', arguments: args }),
  );
  await assert.rejects(client.getPrompt({ name: 'args-prompt', arguments: args }), { code: -32602 });
});

test('a resource that both have keeps its URI for the first and is <server>+<uri> for the other', async (t) => {
  const { client, one } = await twoBehindGateway(t);
  const { client: direct } = await connect(t, one.url);
  const own = (await direct.listResources()).resources;
  const second = own.map((resource) => ({ ...resource, uri: `two+${resource.uri}` }));
  assert.deepEqual((await client.listResources()).resources, [...own, ...second]);

  const contents = await direct.readResource({ uri: document });
  assert.deepEqual(await client.readResource({ uri: document }), contents);
  contents.contents[0].uri = `two+${document}`;
  assert.deepEqual(await client.readResource({ uri: `two+${document}` }), contents);
});

test('a resource template that both have is <server>+<template> for the other, to read and to complete', async (t) => {
  const { client } = await twoBehindGateway(t);
  const templates = (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate);
  assert.equal(templates.length, 4);
  assert.ok(templates.includes(template) && templates.includes(`two+${template}`), `templates: ${templates}`);

  const uri = 'two+demo://resource/dynamic/text/7';
  const { contents } = await client.readResource({ uri });
  assert.equal(contents[0].uri, uri);
  assert.match(contents[0].text, /^Resource 7:/);
  for (const ref of [template, `two+${template}`]) {
    const argument = { name: 'resourceId', value: '7' };
    const { completion } = await client.complete({ ref: { type: 'ref/resource', uri: ref }, argument });
    assert.deepEqual(completion.values, ['7']);
  }
});

test('completion asks the server whose prompt it is', async (t) => {
  const everything = await startEverything(t);
  const other = await startConformanceBackend(t);
  const gateway = await startGateway(t, { everything: everything.url, other: other.url });
  const { client } = await connect(t, gateway.url);
  const complete = async (name, argument, value) => {
    const { completion } = await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value } });
    return completion.values;
  };
  assert.deepEqual(await complete('everything__completable-prompt', 'department', 'S'), ['Sales', 'Support']);
  assert.deepEqual(await complete('other__test_prompt_with_arguments', 'arg1', 'par'), ['paris', 'park', 'party']);
  await assert.rejects(complete('nobody__prompt', 'department', 'S'), { code: -32602 });
});

test('a resource that a tool made is read from the server of the tool', async (t) => {
  const { client, one, two } = await twoListening(t);
  const changes = notifications(client, mcp.ResourceListChangedNotificationSchema);
  const uri = await gzipped(client, 'two', 'only-at-two.gz');
  await changes.having(1);
  const listed = (await client.listResources()).resources.map((resource) => resource.uri);
  assert.ok(listed.includes(uri), `${uri} in ${listed}`);
  assert.equal(await gunzipped(client, uri), 'two');
  assert.deepEqual([one.sessions.length, two.sessions.length], [1, 1]);
});

test('links in the result of a tool lead to the server of the tool', async (t) => {
  const { client } = await twoBehindGateway(t);
  await gzipped(client, 'one', 'same.gz');
  await client.listResources();
  const uri = await gzipped(client, 'two', 'same.gz');
  assert.equal(await gunzipped(client, uri), 'two');
});

test('links that fit a template of both lead to the server of the tool', async (t) => {
  const { client } = await twoBehindGateway(t);
  await client.listResourceTemplates();
  const uris = async (tool, args) =>
    (await client.callTool({ name: tool, arguments: args })).content
      .map((block) => block.uri ?? block.resource?.uri)
      .filter(Boolean);
  const links = ['demo://resource/dynamic/blob/1', 'demo://resource/dynamic/text/2'];
  assert.deepEqual(await uris('one__get-resource-links', { count: 2 }), links);
  assert.deepEqual(await uris('two__get-resource-links', { count: 2 }), links.map((uri) => `two+${uri}`));
  const embedded = { resourceType: 'Text', resourceId: 2 };
  assert.deepEqual(await uris('two__get-resource-reference', embedded), ['two+demo://resource/dynamic/text/2']);
});

test('updates come under the URI that the client subscribed to', async (t) => {
  const { client } = await twoListening(t);
  const updates = notifications(client, mcp.ResourceUpdatedNotificationSchema);
  await client.subscribeResource({ uri: document });
  await client.subscribeResource({ uri: `two+${document}` });
  await callText(client, 'two__toggle-subscriber-updates');
  await updates.having(1);
  await callText(client, 'one__toggle-subscriber-updates');
  assert.deepEqual(await updates.having(2), [{ uri: `two+${document}` }, { uri: document }]);
});

test('both servers log at the level that the client set', async (t) => {
  const { client } = await twoListening(t);
  const logs = notifications(client, mcp.LoggingMessageNotificationSchema);
  const updates = notifications(client, mcp.ResourceUpdatedNotificationSchema);
  const subscribe = async (uri) => {
    await client.subscribeResource({ uri });
    await client.subscribeResource({ uri: `two+${uri}` });
  };
  await client.setLoggingLevel('info');
  await subscribe(document);
  await logs.having(2);
  await client.setLoggingLevel('error');
  await subscribe('demo://resource/dynamic/text/1');
  await callText(client, 'one__toggle-subscriber-updates');
  await callText(client, 'two__toggle-subscriber-updates');
  await updates.having(4);
  assert.equal(logs.entries.length, 2);
});

test('both servers ask the client at once with the same request id: each gets its own answer', async (t) => {
  const { client, gateway } = await twoBehindGateway(t, { sampling: {} });
  const waiting = [];
  client.setRequestHandler(mcp.CreateMessageRequestSchema, async ({ params }, { requestId }) => {
    const text = params.messages[0].content.text;
    await new Promise((resolve) => {
      waiting.push({ requestId, resolve });
      if (waiting.length === 2) waiting.reverse().forEach((one) => one.resolve());  // The later one first.
    });
    return { model: 'test', role: 'assistant', content: { type: 'text', text: `Answer to ${text}` } };
  });
  const ask = (server) => callText(client, `${server}__trigger-sampling-request`, { prompt: `prompt of ${server}` });
  const [one, two] = await Promise.all([ask('one'), ask('two')]);
  assert.match(one, /Answer to .*prompt of one/);
  assert.match(two, /Answer to .*prompt of two/);
  assert.notEqual(waiting[0].requestId, waiting[1].requestId);
  assert.ok(!gateway.program.output.includes('prompt of'));
});

test('both servers are told the roots, and told again when they change', async (t) => {
  const { client } = await twoBehindGateway(t, { roots: { listChanged: true } });
  const roots = [{ uri: 'file:///one', name: 'One' }];
  client.setRequestHandler(mcp.ListRootsRequestSchema, () => ({ roots }));
  const logs = notifications(client, mcp.LoggingMessageNotificationSchema);
  await toolNames(client);
  await logs.having(2, ({ data }) => data.startsWith('Roots updated: 1'));
  roots.push({ uri: 'file:///two', name: 'Two' });
  await client.sendRootsListChanged();
  await logs.having(2, ({ data }) => data.startsWith('Roots updated: 2'));
  for (const server of ['one', 'two']) assert.match(await callText(client, `${server}__get-roots-list`), /2\. Two/);
});

test('calls to both servers at once get the progress of their own', async (t) => {
  const { client } = await twoBehindGateway(t);
  const run = async (server, steps) => {
    const seen = [];
    const onprogress = ({ progress, total }) => seen.push([progress, total]);
    const name = `${server}__trigger-long-running-operation`;
    await client.callTool({ name, arguments: { duration: 0.6, steps } }, undefined, { onprogress });
    return seen;
  };
  const [one, two] = await Promise.all([run('one', 2), run('two', 3)]);
  assert.deepEqual(one, [[1, 2], [2, 2]]);
  assert.deepEqual(two, [[1, 3], [2, 3], [3, 3]]);
});

test('a cancelled call is cancelled at its server, and no other call is', async (t) => {
  const everything = await startEverything(t);
  const other = await startConformanceBackend(t);
  const gateway = await startGateway(t, { everything: everything.url, other: other.url });
  const { client } = await connect(t, gateway.url);
  const cancel = new AbortController();
  const cancelled = client.callTool({ name: 'other__wait_for_cancellation', arguments: {} }, undefined, {
    signal: cancel.signal,
  });
  const name = 'everything__trigger-long-running-operation';
  const kept = callText(client, name, { duration: 1, steps: 1 });
  await other.program.line(/^waiting for cancellation$/);
  cancel.abort('enough');
  await assert.rejects(cancelled, /enough/);
  await other.program.line(/^cancelled$/);
  assert.match(await kept, /completed/);
});

test('the tasks of both servers run at once', async (t) => {
  const { client } = await twoBehindGateway(t);
  await client.listTools();  // The SDK learns here which tools run as tasks.
  const research = async (server) => {
    const call = { name: `${server}__simulate-research-query`, arguments: { topic: `topic of ${server}` } };
    let text;
    for await (const message of client.experimental.tasks.callToolStream(call, undefined, { task: { ttl: 60_000 } })) {
      if (message.type === 'result') text = message.result.content[0].text;
    }
    return text;
  };
  const [one, two] = await Promise.all([research('one'), research('two')]);
  assert.match(one, /topic of one/);
  assert.match(two, /topic of two/);
});
