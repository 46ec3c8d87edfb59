// The official conformance suite: whatever a server passes by itself, it passes behind the gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runServerScenarios, startConformanceBackend } from './support/conformance.mjs';
import { startGateway } from './support/gateway.mjs';

/** Checks that find nothing to look at behind the gateway, which the suite then notes and does not count. */
const withoutObject = new Set([
  'server-sse-streams-functional',  // Of answers to `tools/list` as streams: the gateway's are JSON.
  'server-sse-disconnect-resume',  // Of a server that cuts its stream: the gateway takes it up again by itself.
]);

test('every check of the server scenarios that passes directly passes through the gateway', async (t) => {
  const backend = await startConformanceBackend(t);
  const gateway = await startGateway(t, { backend: backend.url });
  const direct = await runServerScenarios(t, backend.url);
  assert.equal(direct.scenarios.size, 33, direct.output);

  const routed = await runServerScenarios(t, gateway.url);
  for (const [name, { passed, failed }] of direct.scenarios) {
    await t.test(name, () => {
      assert.deepEqual(failed, [], 'directly');
      const expected = passed.filter((id) => !withoutObject.has(id));
      assert.deepEqual(routed.scenarios.get(name), { passed: expected, failed: [] });
    });
  }
});
