// Servers that die: kill -9, a new start on the same port, every session forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callText, connect, toolNames } from './support/client.mjs';
import { startGateway } from './support/gateway.mjs';
import { startEverything, startGreeter } from './support/servers.mjs';

const servers = {
  'a server that answers 404 for a forgotten session': {
    start: startGreeter,
    call: (client) => callText(client, 'greet', { name: 'Ada' }),
    answer: 'Hello, Ada!',
  },
  'a server that answers 400 for a forgotten session': {
    start: startEverything,
    call: (client) => callText(client, 'echo', { message: 'hi' }),
    answer: 'Echo: hi',
  },
};

for (const [name, { start, call, answer }] of Object.entries(servers)) {
  test(`${name} is killed and restarted between two calls: the second call succeeds`, async (t) => {
    const server = await start(t);
    const gateway = await startGateway(t, { server: server.url });
    const { client, transport } = await connect(t, gateway.url);
    const { sessionId } = transport;
    assert.equal(await call(client), answer);

    await server.kill();
    await server.start();
    assert.equal(await call(client), answer);
    assert.equal(transport.sessionId, sessionId);
    assert.equal(server.sessions.length, 1);
  });

  test(`${name} is restarted: concurrent calls share one new upstream session`, async (t) => {
    const server = await start(t);
    const gateway = await startGateway(t, { server: server.url });
    const { client } = await connect(t, gateway.url);
    assert.equal(await call(client), answer);

    await server.kill();
    await server.start();
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(client)));
    assert.deepEqual(answers, Array(8).fill(answer));
    assert.equal(server.sessions.length, 1);
  });
}

test('a call to a server that died fails by name and the session lives on', async (t) => {
  const everything = await startEverything(t);
  const greeter = await startGreeter(t);
  const gateway = await startGateway(
    t,
    { everything: everything.url, greeter: greeter.url },
    { timeouts: { connect: '500ms' } },
  );
  const { client } = await connect(t, gateway.url);
  assert.equal(await callText(client, 'greeter__greet', { name: 'Ada' }), 'Hello, Ada!');

  await greeter.kill();
  await assert.rejects(callText(client, 'greeter__greet', { name: 'Ada' }), (error) => {
    assert.equal(error.code, -32603);
    assert.equal(error.data.reason, 'backend_unavailable');
    assert.equal(error.data.backend, 'greeter');
    return true;
  });
  assert.equal(await callText(client, 'everything__echo', { message: 'still here' }), 'Echo: still here');

  await greeter.start();
  assert.equal(await callText(client, 'greeter__greet', { name: 'Ada' }), 'Hello, Ada!');
});

test('of two servers one is dead: the tools of the living one are listed and work', async (t) => {
  const dead = await startGreeter(t);
  await dead.kill();
  const everything = await startEverything(t);
  const gateway = await startGateway(
    t,
    { dead: dead.url, everything: everything.url },
    { timeouts: { connect: '500ms' } },
  );
  const { client } = await connect(t, gateway.url);

  const names = await toolNames(client);
  assert.ok(names.includes('everything__echo'), `tools: ${names}`);
  assert.deepEqual(names.filter((name) => !name.startsWith('everything__')), []);
  assert.equal(await callText(client, 'everything__get-sum', { a: 1, b: 2 }), 'The sum of 1 and 2 is 3.');
});
