// The gateway as a process: start, check, reload, end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callText, connect, toolNames } from './support/client.mjs';
import { configFile, configuration, gatewayBinary, startGateway } from './support/gateway.mjs';
import { Program } from './support/process.mjs';
import { startEverything, startGreeter } from './support/servers.mjs';

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} ends the gateway with 0 and ends its upstream sessions`, async (t) => {
    const everything = await startEverything(t);
    const greeter = await startGreeter(t);
    const gateway = await startGateway(t, { everything: everything.url, greeter: greeter.url });
    for (const name of ['one', 'two']) {
      const { client } = await connect(t, gateway.url, { name });
      await callText(client, 'everything__echo', { message: 'hi' });
      await callText(client, 'greeter__greet', { name: 'Ada' });
    }

    gateway.program.signal(signal);
    assert.deepEqual(await gateway.program.ended(), { code: 0, signal: null });
    for (const server of [everything, greeter]) {
      assert.deepEqual((await server.terminations(2)).sort(), [...server.sessions].sort());
      assert.equal(server.sessions.length, 2);
    }
  });
}

test('the log names no session, header value or argument, not even at debug level', async (t) => {
  const everything = await startEverything(t);
  const router = { headers: { set: { 'X-Api-Key': 'header-value' } } };
  const gateway = await startGateway(t, { everything: everything.url }, router, ['--log-level', 'debug']);
  const { client, transport } = await connect(t, gateway.url);
  assert.equal(await callText(client, 'echo', { message: 'argument-value' }), 'Echo: argument-value');
  await everything.kill();
  await assert.rejects(callText(client, 'echo', { message: 'argument-value' }), /\(everything\)/);
  gateway.program.signal('SIGTERM');
  await gateway.program.ended();
  assert.match(gateway.program.output, /tools\/call/);
  assert.match(gateway.program.output, /backend_unavailable/);
  for (const secret of [transport.sessionId, ...everything.sessions, 'header-value', 'argument-value']) {
    assert.ok(!gateway.program.output.includes(secret), `${secret} in:\n${gateway.program.output}`);
  }
});

/** Signals a reload and resolves when `done(names)` holds for the tools that a client of that session sees. */
async function reload(gateway, client, done) {
  gateway.program.signal('SIGHUP');
  const deadline = Date.now() + 30_000;
  for (;;) {
    const names = await toolNames(client);
    if (done(names)) return names;
    assert.ok(Date.now() < deadline, `no reload; tools: ${names}\n${gateway.program.output}`);
  }
}

test('SIGHUP adds a server to sessions that live', async (t) => {
  const everything = await startEverything(t);
  const greeter = await startGreeter(t);
  const gateway = await startGateway(t, { everything: everything.url }, { naming: { prefix: 'always' } });
  const { client, transport } = await connect(t, gateway.url);
  const { sessionId } = transport;
  assert.equal(await callText(client, 'everything__echo', { message: 'hi' }), 'Echo: hi');

  gateway.configure({ everything: everything.url, greeter: greeter.url });
  await reload(gateway, client, (names) => names.includes('greeter__greet'));
  assert.equal(await callText(client, 'greeter__greet', { name: 'Ada' }), 'Hello, Ada!');
  assert.equal(await callText(client, 'everything__echo', { message: 'hi' }), 'Echo: hi');
  assert.equal(transport.sessionId, sessionId);
  assert.deepEqual([everything.sessions.length, greeter.sessions.length], [1, 1]);
});

test('SIGHUP with a bad file keeps the running configuration and says why', async (t) => {
  const everything = await startEverything(t);
  const gateway = await startGateway(t, { everything: everything.url });
  const { client } = await connect(t, gateway.url);
  gateway.configure({ everything: 'not a url' });
  gateway.program.signal('SIGHUP');
  await gateway.program.line(/\$\.mcpServers\.everything\.url/);
  assert.equal(await callText(client, 'echo', { message: 'hi' }), 'Echo: hi');
});

/** Runs the gateway until it ends by itself. */
async function run(t, ...args) {
  const program = new Program(t, gatewayBinary, args);
  const { code, signal } = await program.ended();
  return { ending: signal ?? code, output: program.output };
}

test('--check accepts a good configuration with 0', async (t) => {
  const file = configFile(configuration({ a: 'http://127.0.0.1:9/mcp' }, { sessions: { idleTimeout: '30m' } }));
  const { ending, output } = await run(t, '--config', file, '--check');
  assert.equal(ending, 0, output);
});

test('--check refuses a bad configuration with 2 and the JSON path at fault', async (t) => {
  const server = { a: 'http://127.0.0.1:9/mcp' };
  const cases = [
    [configuration({ a: 'ftp://127.0.0.1/mcp' }), '$.mcpServers.a.url'],
    [configuration(server, { sessions: { idleTimeout: '0s' } }), '$.router.sessions.idleTimeout'],
    [configuration(server, { sessions: { idletimeout: '30m' } }), '$.router.sessions.idletimeout'],
    [configuration(server, { listen: 8080 }), '$.router.listen'],
  ];
  for (const [text, path] of cases) {
    const { ending, output } = await run(t, '--config', configFile(text), '--check');
    assert.equal(ending, 2, `${text}\n${output}`);
    assert.ok(output.includes(path), `${path} is not named in: ${output}`);
  }
});

test('--busy-poll is a time in microseconds, of the engine asio', async (t) => {
  const greeter = await startGreeter(t);
  const gateway = await startGateway(t, { greeter: greeter.url }, {}, ['--engine', 'asio', '--busy-poll', '50']);
  const { client } = await connect(t, gateway.url);
  assert.match(await callText(client, 'greet', { name: 'Ada' }), /Ada/);
  for (const refused of [['--busy-poll', '5ms'], ['--busy-poll=-1'], ['--busy-poll', '5', '--engine', 'httplib']]) {
    const { ending, output } = await run(t, '--config', 'any', ...refused);
    assert.equal(ending, 2, output);
    assert.match(output, /--busy-poll (must be 0 to 1000000 microseconds|is of --engine asio)/);
  }
});
