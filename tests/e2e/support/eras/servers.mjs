// The servers of both eras.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '../process.mjs';

const here = dirname(fileURLToPath(import.meta.url));

async function start(t, script) {
  const program = new Program(t, process.execPath, [join(here, script)]);
  return { program, url: (await program.line(/^listening on (\S+)$/))[1] };
}

export const servers = {
  session: (t) => start(t, 'session_server.mjs'),
  modern: (t) => start(t, 'modern_server.mjs'),
};
