// The gateway under test, with a configuration of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './process.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

export const gatewayBinary = process.env.MCPROUTER_GATEWAY ?? join(root, 'build/release/examples/mcprouter-gateway');

/** More arguments for every gateway, such as `--engine httplib`. */
const gatewayFlags = (process.env.MCPROUTER_GATEWAY_FLAGS ?? '').split(' ').filter(Boolean);

/** Returns the path of an example program that was built beside the gateway. */
export const example = (name) => join(dirname(gatewayBinary), name);

const directory = mkdtempSync(join(tmpdir(), 'mcprouter-e2e-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
let files = 0;

/** Writes text to a file that goes away with this process. */
export function configFile(text) {
  const path = join(directory, `${++files}.json`);
  writeFileSync(path, text);
  return path;
}

/** Returns the configuration for `{name: url}`, in that order. */
export function configuration(backends, router = {}) {
  const servers = Object.entries(backends).map(([name, url]) => [name, { type: 'http', url }]);
  return JSON.stringify({ mcpServers: Object.fromEntries(servers), router });
}

/** Starts the gateway in front of `{name: url}` on a free port. */
export async function startGateway(t, backends, router, args = []) {
  const config = configFile(configuration(backends, router));
  const program = new Program(t, gatewayBinary, [
    ...['--config', config, '--listen', '127.0.0.1:0'],
    ...gatewayFlags,
    ...args,
  ]);
  const url = (await program.line(/^mcprouter-gateway \S+ listening on (http:\/\/127\.0\.0\.1:\d+\/mcp)$/))[1];
  return {
    program,
    url,
    configure: (changed) => writeFileSync(config, configuration(changed, router)),
  };
}
