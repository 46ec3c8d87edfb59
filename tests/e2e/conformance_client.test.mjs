// The official conformance suite's client scenarios against the gateway's side towards backends: the scenario's server
// is the gateway's only backend. Not run: auth/*, since the gateway does not ask users to log in for backends.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runClientScenario } from './support/conformance.mjs';

const driver = join(dirname(fileURLToPath(import.meta.url)), 'conformance/driver.mjs');

const scenarios = [
  'initialize',
  'tools_call',
  'elicitation-sep1034-client-defaults',
  'sse-retry',
  'json-schema-2020-12-preservation',
];

for (const scenario of scenarios) {
  test(`client scenario ${scenario} passes behind the gateway`, async (t) => {
    const { code, output, passed, failed } = await runClientScenario(t, scenario, `${process.execPath} ${driver}`);
    assert.deepEqual(failed, [], output);
    assert.notDeepEqual(passed, [], output);
    assert.equal(code, 0, output);
  });
}
