// What the suite's client scenarios run: a client of a gateway whose only backend is the scenario's server, so that the
// gateway's side towards backends is what is tested. The last argument is the server's URL.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { startGateway } from '../support/gateway.mjs';

/** Arguments for the tools of the scenarios that need some. */
function argumentsFor(tool, tools) {
  switch (tool.name) {
    case 'add_numbers':
      return { a: 5, b: 3 };
    case 'json_schema_echo':
      return { schema: tools.find(({ name }) => name === 'json_schema_2020_12_tool').inputSchema };
    default:
      return {};
  }
}

const gateway = await startGateway({ after() {} }, { scenario: process.argv.at(-1) });
const client = new Client(
  { name: 'driver', version: '1.0.0' },
  { capabilities: { elicitation: { form: { applyDefaults: true } } } },
);
client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }));
const transport = new StreamableHTTPClientTransport(new URL(gateway.url));
await client.connect(transport);
if (client.getServerCapabilities().tools) {
  const { tools } = await client.listTools();
  for (const tool of tools) await client.callTool({ name: tool.name, arguments: argumentsFor(tool, tools) });
}
await transport.terminateSession();
await client.close();
gateway.program.signal('SIGTERM');
await gateway.program.ended();
process.exit(0);
