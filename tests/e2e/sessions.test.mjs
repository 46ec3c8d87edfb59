// Sessions on both sides of the gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callText, connect } from './support/client.mjs';
import { startGateway } from './support/gateway.mjs';
import { startEverything, startGreeter } from './support/servers.mjs';

test('two clients at once are isolated: each has an upstream session of its own', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url });
  const [one, two] = await Promise.all([
    connect(t, gateway.url, { name: 'one' }),
    connect(t, gateway.url, { name: 'two' }),
  ]);
  assert.notEqual(one.transport.sessionId, two.transport.sessionId);

  // The tool keeps a switch per session and names the session that it saw.
  const toggle = async ({ client }) => {
    const text = await callText(client, 'toggle-simulated-logging');
    return text.match(/^(Started|Stopped) .*? for session (\S+)/).slice(1);
  };
  const [first, second] = await Promise.all([toggle(one), toggle(two)]);
  assert.deepEqual([first[0], second[0]], ['Started', 'Started']);
  assert.notEqual(first[1], second[1]);
  assert.deepEqual(await toggle(one), ['Stopped', first[1]]);

  assert.deepEqual([...server.sessions].sort(), [first[1], second[1]].sort());
  for (const { transport } of [one, two]) {
    assert.ok(!server.sessions.includes(transport.sessionId), 'session ids do not cross the gateway');
  }
});

test('all first calls of a session share one upstream session', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url });
  const { client } = await connect(t, gateway.url);
  await Promise.all(Array.from({ length: 16 }, () => callText(client, 'echo', { message: 'hi' })));
  assert.equal(server.sessions.length, 1);
});

test('a terminated session is answered 404 and its upstream sessions are ended', async (t) => {
  const everything = await startEverything(t);
  const greeter = await startGreeter(t);
  const gateway = await startGateway(t, { everything: everything.url, greeter: greeter.url });
  const { client, transport } = await connect(t, gateway.url);
  await callText(client, 'everything__echo', { message: 'hi' });
  await callText(client, 'greeter__greet', { name: 'Ada' });

  const { sessionId } = transport;
  await transport.terminateSession();
  assert.deepEqual(await everything.terminations(1), everything.sessions);
  assert.deepEqual(await greeter.terminations(1), greeter.sessions);

  const late = await connect(t, gateway.url, { sessionId });
  await assert.rejects(callText(late.client, 'everything__echo', { message: 'hi' }), { code: 404 });
  await assert.rejects(late.transport.terminateSession(), { code: 404 });
});

test('a second client may join a session that lives', async (t) => {
  const server = await startEverything(t);
  const gateway = await startGateway(t, { everything: server.url });
  const { client, transport } = await connect(t, gateway.url);
  await callText(client, 'echo', { message: 'first' });
  const again = await connect(t, gateway.url, { sessionId: transport.sessionId });
  assert.equal(await callText(again.client, 'echo', { message: 'second' }), 'Echo: second');
  assert.equal(server.sessions.length, 1);
});
