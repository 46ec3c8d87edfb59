// The demo walk in front of the demo servers, through each of the hosts that come with the library.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { example, startGateway } from './support/gateway.mjs';
import { Program } from './support/process.mjs';

const ready = / listening on (http:\S+)$/;

async function startDemo(t, kind) {
  const program = new Program(t, example('mcprouter-demo-server'), ['--kind', kind, '--port', '0']);
  return (await program.line(ready))[1];
}

async function walk(t, url) {
  const program = new Program(t, example('mcprouter-demo-walk'), ['--url', url, '--all']);
  const { code } = await program.ended();
  assert.equal(code, 0, program.output);
}

test('the demo walk succeeds through the gateway', async (t) => {
  const gateway = await startGateway(t, { clock: await startDemo(t, 'clock'), notes: await startDemo(t, 'notes') });
  await walk(t, gateway.url);
  await walk(t, gateway.url);
});

test('the demo walk succeeds through a hand-written host, which then ends with 0', async (t) => {
  const clock = await startDemo(t, 'clock');
  const notes = await startDemo(t, 'notes');
  const backends = [`clock=${clock}`, `notes=${notes}`];
  const host = new Program(t, example('mcprouter-embed-custom-server'), ['--port', '0', ...backends]);
  const url = (await host.line(ready))[1];
  await walk(t, url);
  await walk(t, url);
  host.signal('SIGTERM');
  assert.deepEqual(await host.ended(), { code: 0, signal: null }, host.output);
});
