// Several real servers behind one endpoint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callText, connect, toolNames } from './support/client.mjs';
import { startGateway } from './support/gateway.mjs';
import { startEverything, startGreeter } from './support/servers.mjs';

test('tools of two servers are listed as <server>__<tool>, in the order of the configuration', async (t) => {
  const everything = await startEverything(t);
  const greeter = await startGreeter(t);
  const gateway = await startGateway(t, { zoo: greeter.url, all: everything.url });

  const own = [];
  for (const [name, server] of [['zoo', greeter], ['all', everything]]) {
    const { client } = await connect(t, server.url);
    own.push(...(await toolNames(client)).map((tool) => `${name}__${tool}`));
  }
  const { client } = await connect(t, gateway.url);
  assert.deepEqual(await toolNames(client), own);
  assert.deepEqual(await toolNames(client), own);
});

test('a call goes to the server that its name says, and to no other', async (t) => {
  const one = await startEverything(t);
  const two = await startEverything(t);
  const gateway = await startGateway(t, { one: one.url, two: two.url });
  const { client } = await connect(t, gateway.url);

  assert.equal(await callText(client, 'two__echo', { message: 'hi' }), 'Echo: hi');
  assert.match(await callText(client, 'two__toggle-simulated-logging'), new RegExp(`session ${two.sessions[0]}`));
  assert.match(await callText(client, 'one__toggle-simulated-logging'), new RegExp(`session ${one.sessions[0]}`));
  assert.deepEqual([one.sessions.length, two.sessions.length], [1, 1]);
});

test('a tool that no server has is refused with -32602', async (t) => {
  const one = await startEverything(t);
  const two = await startGreeter(t);
  const gateway = await startGateway(t, { one: one.url, two: two.url });
  const { client } = await connect(t, gateway.url);
  for (const name of ['one__no-such-tool', 'three__echo', 'echo', 'one__', '__echo', '']) {
    await assert.rejects(client.callTool({ name, arguments: {} }), { code: -32602 }, name);
  }
});
