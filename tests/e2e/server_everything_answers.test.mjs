// @modelcontextprotocol/server-everything behind the gateway: every answer is the one that a client gets without it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { callText, connect, toolNames } from './support/client.mjs';
import { startGateway } from './support/gateway.mjs';
import { startEverything } from './support/servers.mjs';

const capabilities = { elicitation: { form: {}, url: {} }, roots: { listChanged: true }, sampling: {} };

/** An answer, or the error that came instead, without what depends on the time of day. */
async function outcome(answer) {
  const got = await answer.catch(({ code, message, data }) => ({ error: { code, message, data } }));
  const readable = (key, value) => (key === 'blob' ? atob(value) : value);
  return JSON.parse(JSON.stringify(got, readable).replaceAll(/\d+:\d\d:\d\d( [AP]M)?/g, '<time>'));
}

const tool = (name, args) => (client) => client.callTool({ name, arguments: args });
const prompt = (name, args) => (client) => client.getPrompt({ name, arguments: args });
const read = (uri) => (client) => client.readResource({ uri });
const complete = (ref, argument, context) => (client) => client.complete({ ref, argument, context });
const team = { type: 'ref/prompt', name: 'completable-prompt' };
const template = { type: 'ref/resource', uri: 'demo://resource/dynamic/text/{resourceId}' };

const questions = {
  'tools/list': (client) => client.listTools(),
  'an annotated result': tool('get-annotated-message', { messageType: 'error', includeImage: true }),
  'an image': tool('get-tiny-image'),
  'links to resources': tool('get-resource-links', { count: 4 }),
  'an embedded resource': tool('get-resource-reference', { resourceType: 'Blob', resourceId: 7 }),
  'the environment of the server': tool('get-env'),
  'a structured result': tool('get-structured-content', { location: 'New York' }),
  'a result that is large': tool('echo', { message: 'x'.repeat(1_000_000) }),
  'a tool without its arguments': tool('get-sum', { a: 1 }),

  'prompts/list': (client) => client.listPrompts(),
  'a prompt': prompt('simple-prompt'),
  'a prompt with arguments': prompt('args-prompt', { city: 'Zürich', state: 'ZH' }),
  'a prompt with an optional argument left out': prompt('args-prompt', { city: 'Zürich' }),
  'a prompt with a resource in it': prompt('resource-prompt', { resourceType: 'Text', resourceId: '3' }),
  'a prompt without its arguments': prompt('args-prompt'),
  'a prompt that the server refuses': prompt('resource-prompt', { resourceType: 'Text', resourceId: '-1' }),
  'a prompt that nobody has': prompt('no-such-prompt'),

  'resources/list': (client) => client.listResources(),
  'resources/templates/list': (client) => client.listResourceTemplates(),
  'a resource of the list': read('demo://resource/static/document/architecture.md'),
  'a text of a template': read('demo://resource/dynamic/text/42'),
  'a blob of a template': read('demo://resource/dynamic/blob/42'),
  'a resource that the server refuses': read('demo://resource/dynamic/text/none'),
  'a resource that nobody has': read('demo://no/such/resource'),

  'completion of a prompt argument': complete(team, { name: 'department', value: 'S' }),
  'completion that depends on another argument': complete(
    team,
    { name: 'name', value: '' },
    { arguments: { department: 'Sales' } },
  ),
  'completion of a template variable': complete(template, { name: 'resourceId', value: '12' }),
  'completion that finds nothing': complete(template, { name: 'resourceId', value: 'x' }),
  'completion of a prompt that nobody has': complete({ ...team, name: 'none' }, { name: 'department', value: '' }),
};

test('what is asked through the gateway is answered as by the server itself', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url });
  const direct = (await connect(t, server.url, { capabilities })).client;
  const routed = (await connect(t, gateway.url, { capabilities })).client;
  for (const [name, ask] of Object.entries(questions)) {
    await t.test(name, async () => assert.deepEqual(await outcome(ask(routed)), await outcome(ask(direct))));
  }
});

test('the gateway has the capabilities of the server, except for listing tasks', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url });
  const { client: direct } = await connect(t, server.url, { capabilities });
  const { client: routed } = await connect(t, gateway.url, { capabilities });
  const { tasks, ...rest } = direct.getServerCapabilities();
  const { list: _, ...runnable } = tasks;
  assert.deepEqual(routed.getServerCapabilities(), { ...rest, tasks: runnable });
});

// What is asked of a client it does not run as a task of its own (docs/eras.md, Tasks): servers are not offered that.
test('a server is not told that the client has tasks: tools that need them are missing, requests are plain ones', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url });
  const requests = { sampling: { createMessage: {} }, elicitation: { create: {} } };
  const declared = { ...capabilities, tasks: { requests } };
  const { client: direct } = await connect(t, server.url, { capabilities: declared });
  const { client: routed } = await connect(t, gateway.url, { capabilities: declared });
  const needTasks = ['trigger-sampling-request-async', 'trigger-elicitation-request-async'];
  const own = await toolNames(direct);
  for (const name of needTasks) assert.ok(own.includes(name), `${name} in ${own}`);
  assert.deepEqual(await toolNames(routed), own.filter((name) => !needTasks.includes(name)));

  const asked = [];
  routed.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
    asked.push(params);
    return { model: 'test-model', role: 'assistant', content: { type: 'text', text: 'because' } };
  });
  assert.match(await callText(routed, 'trigger-sampling-request', { prompt: 'why?' }), /because/);
  assert.deepEqual(asked.map(({ task }) => task), [undefined]);
});
