// Clients and servers of both eras, the official SDKs, in every pairing: what one pairing can, all can.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clients } from './support/eras/clients.mjs';
import { servers } from './support/eras/servers.mjs';
import { startGateway } from './support/gateway.mjs';
import { patiently } from './support/process.mjs';

const WATCHED = 'test://watched';
const textOf = ({ content }) => content[0].text;

/** Checks that the server ran a call of `confirm` once: not again for the answer that it waited for. */
async function confirmedOnce(server, question) {
  const pattern = question.replace('?', '\\?');
  await server.line(new RegExp(`^did confirm ${pattern}$`));
  assert.equal(server.matches(new RegExp(`^did confirm ${pattern}$`)).length, 1);
  assert.ok(server.matches(new RegExp(`^did begin ${pattern}$`)).length <= 1);
}

/** What every pairing can. `connect(t, answers)` makes a client of it; `server` is its server's program. */
const abilities = {
  async 'lists tools, prompts and resources'(t, { connect }) {
    const { client } = await connect(t);
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name).sort(),
      ['chat', 'confirm', 'echo', 'meet', 'sample', 'steps', 'touch', 'wait'],
    );
    assert.deepEqual((await client.listPrompts()).prompts.map(({ name }) => name), ['greet']);
    assert.deepEqual((await client.listResources()).resources.map(({ uri }) => uri), [WATCHED]);
  },

  async 'calls a tool, gets a prompt, reads a resource'(t, { connect }) {
    const { client } = await connect(t);
    assert.equal(textOf(await client.callTool({ name: 'echo', arguments: { text: 'hello' } })), 'hello');
    const { messages } = await client.getPrompt({ name: 'greet', arguments: { who: 'Ada' } });
    assert.equal(messages[0].content.text, 'Greet Ada.');
    assert.equal((await client.readResource({ uri: WATCHED })).contents[0].text, 'watched');
  },

  async 'learns that a resource is not there, as its era says it'(t, { connect, era }) {
    const { client } = await connect(t);
    await assert.rejects(client.readResource({ uri: 'test://nowhere' }), (error) => {
      assert.equal(error.code, era === 'modern' ? -32602 : -32002);
      return true;
    });
  },

  async 'follows progress'(t, { connect }) {
    const client = await connect(t);
    const seen = [];
    const result = await client.call('steps', {}, { onprogress: (progress) => seen.push(progress) });
    assert.equal(textOf(result), 'walked');
    assert.deepEqual(
      seen,
      [1, 2, 3].map((progress) => ({ progress, total: 3, message: `step ${progress}` })),
    );
  },

  async 'gets the log messages it asked for, before the result'(t, { connect }) {
    const client = await connect(t);
    assert.equal(textOf(await client.call('chat', {})), 'chatted');
    assert.deepEqual(client.logged.entries, []);
    assert.equal(textOf(await client.callLogged('info', 'chat', {})), 'chatted');
    assert.deepEqual(
      client.logged.entries.map(({ level, data }) => ({ level, data })),
      [{ level: 'info', data: 'it is info' }, { level: 'error', data: 'it is error' }],
    );
  },

  async 'learns that a resource has changed'(t, { connect }) {
    const watcher = await connect(t);
    const other = await connect(t);
    await watcher.watch(WATCHED);
    await other.call('touch', {});
    const [update] = await watcher.updated.having(1);
    assert.equal(update.uri, WATCHED);
    assert.deepEqual(other.updated.entries, []);
  },

  async 'answers what the server asks while a call runs, which is done once'(t, { connect, server }) {
    const asked = [];
    const client = await connect(t, {
      'elicitation/create'(params) {
        asked.push(params);
        return { action: 'accept', content: { name: 'Ada' } };
      },
    });
    const result = await client.call('confirm', { question: 'Who are you?' });
    assert.equal(textOf(result), 'accept {"name":"Ada"}');
    assert.equal(asked.length, 1);
    assert.match(asked[0].message, /Who are you\?$/);
    assert.deepEqual(asked[0].requestedSchema.required, ['name']);
    await confirmedOnce(server, 'Who are you?');
  },

  async 'declines what the server asks'(t, { connect, server }) {
    const client = await connect(t, { 'elicitation/create': () => ({ action: 'decline' }) });
    assert.equal(textOf(await client.call('confirm', { question: 'Shall I?' })), 'decline null');
    await confirmedOnce(server, 'Shall I?');
  },

  async 'is not asked for what it cannot answer'(t, { connect, server }) {
    const client = await connect(t);
    assert.equal(textOf(await client.call('echo', { text: 'here' })), 'here');
    await assert.rejects(client.call('confirm', { question: 'Nobody?' }));
    assert.equal(server.matches(/^did confirm Nobody\?$/).length, 0);
  },

  async 'samples for the server'(t, { connect }) {
    const client = await connect(t, {
      'sampling/createMessage': ({ messages }) => ({
        role: 'assistant',
        model: 'parrot',
        content: { type: 'text', text: `You said ${messages[0].content.text}` },
      }),
    });
    assert.equal(textOf(await client.call('sample', { prompt: 'Paris' })), 'You said Paris');
  },

  async 'cancels a call, which the server learns'(t, { connect, server }) {
    const client = await connect(t);
    const abort = new AbortController();
    const call = client.call('wait', { id: 'one' }, { signal: abort.signal });
    await server.line(/^saw call of one$/);
    abort.abort();
    await assert.rejects(call);
    await server.line(/^saw cancel of one$/);
  },

  async 'is kept apart from clients with the same ids and progress tokens'(t, { connect }) {
    const names = ['Ada', 'Bob', 'Cyd', 'Dan'];
    const each = await Promise.all(names.map(() => connect(t)));
    const calls = each.map(async (client, index) => {
      const seen = [];
      const result = await client.call(
        'meet',
        { name: names[index], count: String(names.length) },
        { onprogress: ({ message }) => seen.push(message) },
      );
      return { name: textOf(result), seen };
    });
    const met = await patiently(Promise.all(calls), () => 'not all of the calls came back');
    assert.deepEqual(met, names.map((name) => ({ name, seen: [name] })));
  },

  async 'is kept apart from clients that are asked at the same time'(t, { connect, server }) {
    const names = ['Eve', 'Fay', 'Gus'];
    const answers = await Promise.all(
      names.map(async (name) => {
        const client = await connect(t, {
          'elicitation/create': ({ message }) => ({ action: 'accept', content: { name: `${name}: ${message}` } }),
        });
        return textOf(await client.call('confirm', { question: `Are you ${name}?` }));
      }),
    );
    for (const [index, name] of names.entries()) {
      const answer = JSON.parse(answers[index].replace(/^accept /, ''));
      assert.match(answer.name, new RegExp(`^${name}: .*Are you ${name}\\?$`));
      await confirmedOnce(server, `Are you ${name}?`);
    }
  },
};

for (const [clientEra, Client] of Object.entries(clients)) {
  for (const [serverEra, startServer] of Object.entries(servers)) {
    test(`a ${clientEra} client of a ${serverEra} server`, async (t) => {
      const { program: server, url } = await startServer(t);
      const gateway = await startGateway(t, { backend: url });
      const connect = (t, answers) => Client.connect(t, gateway.url, answers);
      for (const [ability, prove] of Object.entries(abilities)) {
        await t.test(ability, (t) => prove(t, { connect, server, era: clientEra }));
      }
    });
  }
}
