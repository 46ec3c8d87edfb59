// The SDK's server with the fixtures, of either era.
import { fromJsonSchema, McpServer, ProtocolError } from '@modelcontextprotocol/server';
import { requestState } from './asking.mjs';
import { promptList, prompts, readResource, resourceList, templateList, toolList, tools } from './fixtures.mjs';

const INVALID_PARAMS = -32602;
const RESOURCE_NOT_FOUND = -32002;

/** What 2026-07-28 says of how long results hold, and for whom; the sessions' results never have it. */
const forAll = { ttlMs: 1000, cacheScope: 'public' };

/** Makes a server; `changed(list)` is called by the tools that change a list. */
export function makeServer(changed) {
  const mcp = new McpServer(
    { name: 'conformance-backend', version: '1.0.0' },
    {
      capabilities: {
        completions: {},
        logging: {},
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        tools: { listChanged: true },
      },
      cacheHints: { 'tools/list': forAll, 'prompts/list': forAll, 'resources/read': forAll },
      requestState: { verify: requestState.verify },
    },
  );
  const { server } = mcp;
  const host = { server, changed };
  const find = (table, name) => {
    if (!Object.hasOwn(table, name)) throw new ProtocolError(INVALID_PARAMS, `Unknown: ${name}`);
    return table[name];
  };
  // The SDK checks `Mcp-Param-*` headers only for tools that it knows; all else is for the handlers below.
  for (const { name, inputSchema } of toolList) {
    mcp.registerTool(name, { inputSchema: fromJsonSchema(inputSchema) }, () => {});
  }
  server.setRequestHandler('tools/list', () => ({ tools: toolList }));
  server.setRequestHandler('tools/call', ({ params }, context) =>
    find(tools, params.name).run(params.arguments ?? {}, context, host),
  );
  server.setRequestHandler('prompts/list', () => ({ prompts: promptList }));
  server.setRequestHandler('prompts/get', ({ params }, context) =>
    find(prompts, params.name).run(params.arguments ?? {}, context, host),
  );
  server.setRequestHandler('resources/list', () => ({ resources: resourceList }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: templateList }));
  server.setRequestHandler('resources/read', ({ params: { uri } }) => {
    const found = readResource(uri);
    if (!found) throw new ProtocolError(RESOURCE_NOT_FOUND, 'Resource not found', { uri });
    return found;
  });
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
  server.setRequestHandler('completion/complete', ({ params }) => ({
    completion: { values: ['paris', 'park', 'party'].filter((value) => value.startsWith(params.argument.value)) },
  }));
  return mcp;
}
