// Real MCP servers, as npm ships them.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './process.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '..', 'node_modules', '@modelcontextprotocol');
const preload = createRequire(import.meta.url).resolve('./preload.cjs');

/** A server on loopback that prints its sessions as they begin and end. */
class McpServer {
  constructor(t, args, portVariable) {
    Object.assign(this, { t, args, portVariable });
  }

  /** Starts it; a second start takes the port of the first. */
  async start() {
    const env = { [this.portVariable]: String(this.port ?? 0) };
    this.program = new Program(this.t, process.execPath, ['--require', preload, ...this.args], { env });
    this.port = Number((await this.program.line(/^loopback port (\d+)$/))[1]);
    this.url = `http://127.0.0.1:${this.port}/mcp`;
    return this;
  }

  /** As a power cut would: no answer, no goodbye, every session forgotten. */
  kill() {
    return this.program.kill();
  }

  /** Ids of the sessions that this run of the server has made, in order. */
  get sessions() {
    return this.program.matches(/^Session initialized with ID: (\S+)/).map((match) => match[1]);
  }

  /** Resolves when `count` sessions were ended by DELETE, to their ids. */
  async terminations(count) {
    const pattern = /^Received session termination request for session (\S+)/;
    await this.program.line(pattern, count);
    return this.program.matches(pattern).map((match) => match[1]);
  }
}

/** @modelcontextprotocol/server-everything: answers 400 for a session that it does not know. */
export function startEverything(t) {
  return new McpServer(t, [join(packages, 'server-everything/dist/index.js'), 'streamableHttp'], 'PORT').start();
}

/** The SDK's own example server: answers 404 for a session that it does not know, as the protocol says. */
export function startGreeter(t) {
  const script = join(packages, 'sdk/dist/esm/examples/server/simpleStreamableHttp.js');
  return new McpServer(t, [script], 'MCP_PORT').start();
}
