// A program under test: started, watched by its lines of output, and never left behind.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// How long anything may take before the test gives up; far beyond what is needed, also under sanitizers.
const PATIENCE_MS = 30_000;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => process.exit(1));
}

/** Settles as `promise` does, or fails with `describe()` when that takes too long. */
export function patiently(promise, describe) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(describe())), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Program {
  lines = [];
  #watchers = new Set();

  /** Starts a program; it is killed after the test `t`, if it still runs then. */
  constructor(t, command, args, { env = {} } = {}) {
    this.command = [command, ...args].join(' ');
    this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      // 'close' comes after the last line of output, 'exit' may come before.
      this.child.once('close', (code, signal) => {
        running.delete(this.child);
        this.ending = `ended with ${signal ?? code}`;
        resolve({ code, signal });
        this.#tell();
      });
    });
    this.exited.catch(() => {});
    for (const stream of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.#tell();
      });
    }
    t.after(() => this.kill());
  }

  get output() {
    return this.lines.join('\n');
  }

  /** Returns the matches of `pattern` in the lines so far. */
  matches(pattern) {
    return this.lines.map((line) => line.match(pattern)).filter(Boolean);
  }

  /** Resolves to the `count`-th match of `pattern` in the output; fails if the program ends without it. */
  async line(pattern, count = 1) {
    let watcher;
    const seen = new Promise((resolve, reject) => {
      watcher = () => {
        const matches = this.matches(pattern);
        if (matches.length >= count) {
          resolve(matches[count - 1]);
        } else if (!running.has(this.child)) {
          reject(new Error(`${this.command} ${this.ending}, without ${pattern}:\n${this.output}`));
        }
      };
      this.exited.catch(reject);
    });
    this.#watchers.add(watcher);
    watcher();
    return patiently(seen, () => `${this.command} never printed ${pattern}:\n${this.output}`).finally(() =>
      this.#watchers.delete(watcher),
    );
  }

  /** Resolves to `{code, signal}` once the program has ended and its output is complete. */
  ended() {
    return patiently(this.exited, () => `${this.command} does not end:\n${this.output}`);
  }

  signal(name) {
    this.child.kill(name);
  }

  /** Kills the program the hard way and waits until it is gone. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.exited.catch(() => {});
  }

  #tell() {
    this.#watchers.forEach((watcher) => watcher());
  }
}
