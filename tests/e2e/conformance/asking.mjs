// Fixtures that ask the client. Each is written once, as @modelcontextprotocol/server 2.x wants it: a handler returns
// `inputRequired(...)` until it finds the answers in `context.mcpReq.inputResponses`. In 2026-07-28 that is the result
// of the call, and the handler runs again for the retry; in a session the SDK makes requests of it on the call's stream,
// all at once, and runs the handler again itself: the client sees one call.
import { createRequestStateCodec, inputRequired } from '@modelcontextprotocol/server';

/** Seals what the server has to remember until the retry; `verify` belongs into the server's options. */
export const requestState = createRequestStateCodec({ key: 'the fixtures need no better secret than this' });

const text = (value) => ({ type: 'text', text: value });
const answer = (value) => ({ content: [text(value)] });
const choices = (names, key) => names.map(([value, title]) => ({ [key]: value, title }));

const form = (message, properties, required) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, ...(required && { required }) } });
const sample = (question, maxTokens) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: text(question) }], maxTokens });

const ask = async (inputRequests, state) =>
  inputRequired({ inputRequests, ...(state && { requestState: await requestState.mint(state) }) });

/** What runs once all of `requests(args, host)` are answered; `use` gets the answers by name. */
function asks(requests, use, state) {
  return (args, context, host) => {
    const wanted = requests(args, host);
    const given = context.mcpReq.inputResponses ?? {};
    return Object.keys(wanted).every((name) => given[name]) ? use(given) : ask(wanted, state);
  };
}

const reply = (answers) => answer(JSON.stringify(answers));
const decision = (head) => ({ form: { action, content } }) =>
  answer(`${head}: action=${action}, content=${JSON.stringify(content ?? {})}`);
const name = { name: { type: 'string' } };
const whatName = form('What is your name?', name, ['name']);
const confirm = { confirm: form('Please confirm', { ok: { type: 'boolean' } }, ['ok']) };

/** Asks in two rounds; what the first brought travels in the state. */
async function multiRound(_, { mcpReq }) {
  const { round = 0, name: known } = mcpReq.requestState() ?? {};
  const { step1, step2 } = mcpReq.inputResponses ?? {};
  if (round === 2 && step2) return answer(`${known} likes ${step2.content?.color}.`);
  if (round === 1 && step1) {
    const step2 = form('Step 2: What is your favorite color?', { color: { type: 'string' } }, ['color']);
    return ask({ step2 }, { round: 2, name: step1.content?.name });
  }
  return ask({ step1: form('Step 1: What is your name?', name, ['name']) }, { round: 1 });
}

/** Only what the client says it can answer. */
function whatClientCan(_, { server }) {
  const { elicitation, sampling } = server.getClientCapabilities() ?? {};
  return {
    ...(elicitation && { name: whatName }),
    ...(sampling && { capital: sample('What is the capital of France?', 100) }),
  };
}

const first = [['value1', 'First'], ['value2', 'Second'], ['value3', 'Third']];

/** Tools of the scenarios of 2025-11-25 that ask. */
export const sessionTools = {
  test_sampling: {
    needs: ['prompt'],
    run: asks(
      ({ prompt }) => ({ sample: sample(prompt, 100) }),
      ({ sample: { content } }) => answer(`LLM response: ${content.text}`),
    ),
  },
  test_elicitation: {
    needs: ['message'],
    run: asks(({ message }) => {
      const properties = {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      };
      return { form: form(message, properties, Object.keys(properties)) };
    }, decision('User response')),
  },
  test_elicitation_sep1034_defaults: {
    run: asks(
      () => ({
        form: form('Check these defaults', {
          name: { type: 'string', default: 'John Doe' },
          age: { type: 'integer', default: 30 },
          score: { type: 'number', default: 95.5 },
          status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
          verified: { type: 'boolean', default: true },
        }),
      }),
      decision('Elicitation completed'),
    ),
  },
  test_elicitation_sep1330_enums: {
    run: asks(
      () => ({
        form: form('Choose', {
          untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
          titledSingle: { type: 'string', oneOf: choices(first, 'const') },
          legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
          untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
          titledMulti: { type: 'array', items: { anyOf: choices(first, 'const') } },
        }),
      }),
      decision('Elicitation completed'),
    ),
  },
};

/** Tools of the scenarios of 2026-07-28 that ask. */
export const inputTools = {
  test_input_required_result_elicitation: {
    run: asks(
      () => ({ user_name: whatName }),
      ({ user_name: { content } }) => answer(`Hello, ${content?.name}!`),
    ),
  },
  test_input_required_result_sampling: {
    run: asks(() => ({ capital_question: sample('What is the capital of France?', 100) }), reply),
  },
  test_input_required_result_list_roots: {
    run: asks(() => ({ client_roots: inputRequired.listRoots() }), reply),
  },
  test_input_required_result_request_state: {
    run: asks(() => confirm, () => answer('state-ok'), { asked: 'confirm' }),
  },
  test_input_required_result_multiple_inputs: {
    run: asks(
      () => ({
        user_name: whatName,
        greeting: sample('Generate a greeting', 50),
        client_roots: inputRequired.listRoots(),
      }),
      reply,
      { asked: 'three' },
    ),
  },
  test_input_required_result_multi_round: { run: multiRound },
  test_input_required_result_tampered_state: { run: asks(() => confirm, reply, { asked: 'confirm' }) },
  test_input_required_result_capabilities: { run: asks(whatClientCan, reply) },
  // The SDK answers -32021 for it when the client has no sampling.
  test_missing_capability: { run: asks(() => ({ sample: sample('Never asked.', 10) }), reply) },
  test_streaming_elicitation: { run: asks(() => ({ user_name: whatName }), reply) },
};

export const inputPrompts = {
  test_input_required_result_prompt: {
    run: asks(
      () => ({
        user_context: form('What context should the prompt use?', { context: { type: 'string' } }, ['context']),
      }),
      ({ user_context: { content } }) => ({
        messages: [{ role: 'user', content: text(`In the context ${content?.context}.`) }],
      }),
    ),
  },
};
