// What the servers of both eras have, so that one set of tests fits each pairing. What they see they print, in lines
// that begin with `heard` (a message), `did` (a side effect) or `saw` (something happen to a call).

export const WATCHED = 'test://watched';

export const say = (word, ...what) => console.log(word, ...what);

export const capabilities = {
  logging: {},
  prompts: {},
  resources: { subscribe: true },
  tools: {},
};

const strings = (...names) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  required: names,
});

export const toolList = [
  { name: 'echo', inputSchema: strings('text') },
  { name: 'steps', inputSchema: strings() },
  { name: 'chat', inputSchema: strings() },
  { name: 'confirm', inputSchema: strings('question') },
  { name: 'sample', inputSchema: strings('prompt') },
  { name: 'touch', inputSchema: strings() },
  { name: 'wait', inputSchema: strings('id') },
  { name: 'meet', inputSchema: strings('name', 'count') },
];
export const promptList = [{ name: 'greet', arguments: [{ name: 'who', required: true }] }];
export const resourceList = [{ uri: WATCHED, name: 'watched' }];

export const text = (value) => ({ content: [{ type: 'text', text: value }] });
export const prompt = ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who}.` } }] });
export const contents = (uri) => ({ contents: [{ uri, text: 'watched' }] });
export const form = (question) => ({
  message: question,
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
});
export const sampling = (question) => ({
  messages: [{ role: 'user', content: { type: 'text', text: question } }],
  maxTokens: 10,
});

/** Ends `confirm`: the one side effect that a test counts. */
export function confirmed(question, { action, content }) {
  say('did', 'confirm', question);
  return text(`${action} ${JSON.stringify(content ?? null)}`);
}

/** Callers of `meet` wait for each other, so that their calls are certainly at the server at once. */
let present = [];
function meeting(count) {
  return new Promise((resolve) => {
    present.push(resolve);
    if (present.length === Number(count)) present.splice(0).forEach((leave) => leave());
  });
}

/**
 * Tools that are alike in both eras. `call` has `progress(progress, total, message)`, `log(level, data)` and `signal`;
 * `touched(uri)` tells those who watch.
 */
export const tools = (touched) => ({
  echo: (args) => text(args.text),
  async steps(args, call) {
    for (const step of [1, 2, 3]) await call.progress(step, 3, `step ${step}`);
    return text('walked');
  },
  async chat(args, call) {
    for (const level of ['debug', 'info', 'error']) await call.log(level, `it is ${level}`);
    return text('chatted');
  },
  touch() {
    touched(WATCHED);
    return text('touched');
  },
  wait: ({ id }, call) =>
    new Promise((resolve) => {
      call.signal.addEventListener('abort', () => {
        say('saw', 'cancel of', id);
        resolve(text('cancelled'));
      });
      say('saw', 'call of', id);
    }),
  async meet({ name, count }, call) {
    await meeting(count);
    await call.progress(1, 1, name);
    return text(name);
  },
});
