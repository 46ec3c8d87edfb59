// What the suite's client scenarios run: a client of a gateway whose only backend is the scenario's server, so that the
// gateway's side towards backends is what is tested. The client lists all there is and uses all of it once. Arguments:
// the client's era (`session` or `modern`), and the scenario's URL, which the suite adds.
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { connect } from '../support/client.mjs';
import { startGateway } from '../support/gateway.mjs';
import { connectModern } from '../support/modern_client.mjs';

const [era, scenario] = process.argv.slice(2);
const { toolCalls = [] } = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');

/** Tools that are there to be listed: their scenario's server cannot be called. */
const listedOnly = ['lookup_user'];

/** Arguments for the tools of the scenarios that need some. */
function argumentsFor(tool, tools) {
  switch (tool.name) {
    case 'add_numbers':
      return { a: 5, b: 3 };
    case 'json_schema_echo':
      return { schema: tools.find(({ name }) => name === 'json_schema_2020_12_tool').inputSchema };
    case 'valid_tool':
      return { region: 'us-west1' };
    default:
      return toolCalls.find(({ name }) => name === tool.name)?.arguments ?? {};
  }
}

async function connectEra(t, url) {
  const accept = () => ({ action: 'accept', content: {} });
  if (era === 'modern') {
    const capabilities = { elicitation: {}, sampling: {}, roots: {} };
    const answers = { 'elicitation/create': accept };
    return (await connectModern(t, url, { name: 'driver', capabilities, answers })).client;
  }
  const capabilities = { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} };
  const { client, transport } = await connect(t, url, { name: 'driver', capabilities });
  client.setRequestHandler(ElicitRequestSchema, accept);
  t.after(() => transport.terminateSession());
  return client;
}

/**
 * Lists, if the method is still there: a server that refuses the version first says only later what it has, and that may
 * be less than the gateway had to declare until then.
 */
async function listed(list) {
  try {
    return await list();
  } catch (error) {
    if (`${error.code} ${error}`.includes('-32601')) return {};
    throw error;
  }
}

const endings = [];
const t = { after: (ending) => endings.unshift(ending) };
const gateway = await startGateway(t, { scenario });
t.after(async () => {
  gateway.program.signal('SIGTERM');
  await gateway.program.ended();
});
const client = await connectEra(t, gateway.url);
const has = client.getServerCapabilities();
if (has.tools) {
  const { tools = [] } = await listed(() => client.listTools());
  for (const tool of tools.filter(({ name }) => !listedOnly.includes(name))) {
    await client.callTool({ name: tool.name, arguments: argumentsFor(tool, tools) });
  }
}
if (has.resources) {
  const { resources = [] } = await listed(() => client.listResources());
  for (const { uri } of resources) await client.readResource({ uri });
}
if (has.prompts) {
  const { prompts = [] } = await listed(() => client.listPrompts());
  for (const { name } of prompts) await client.getPrompt({ name });
}
for (const ending of endings) await ending();
process.exit(0);
