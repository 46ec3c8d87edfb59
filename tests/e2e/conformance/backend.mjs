// A server on the official SDK that passes the conformance suite's scored server scenarios of 2025-11-25: what does not
// pass through the gateway is the gateway's fault.
import { randomUUID } from 'node:crypto';
import { createMcpExpressApp } from '@modelcontextprotocol/express';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { ProtocolError, Server } from '@modelcontextprotocol/server';
import { promptList, prompts, readResource, resourceList, templateList, toolList, tools } from './fixtures.mjs';

const INVALID_PARAMS = -32602;
const RESOURCE_NOT_FOUND = -32002;

function makeServer() {
  const server = new Server(
    { name: 'conformance-backend', version: '1.0.0' },
    {
      capabilities: {
        completions: {},
        logging: {},
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        tools: { listChanged: true },
      },
    },
  );
  const find = (table, name) => {
    if (!Object.hasOwn(table, name)) throw new ProtocolError(INVALID_PARAMS, `Unknown: ${name}`);
    return table[name];
  };
  server.setRequestHandler('tools/list', () => ({ tools: toolList }));
  server.setRequestHandler('tools/call', ({ params }, context) =>
    find(tools, params.name).run(params.arguments ?? {}, context),
  );
  server.setRequestHandler('prompts/list', () => ({ prompts: promptList }));
  server.setRequestHandler('prompts/get', ({ params }) => find(prompts, params.name).run(params.arguments ?? {}));
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
  return server;
}

/** Events of one session's streams, for clients that come back. */
class EventStore {
  #events = [];

  async storeEvent(streamId, message) {
    const eventId = `${streamId}_${this.#events.length}`;
    this.#events.push({ eventId, streamId, message });
    return eventId;
  }

  async getStreamIdForEventId(eventId) {
    return this.#events.find((event) => event.eventId === eventId)?.streamId;
  }

  async replayEventsAfter(lastEventId, { send }) {
    const at = this.#events.findIndex((event) => event.eventId === lastEventId);
    const { streamId } = this.#events[at];
    for (const event of this.#events.slice(at + 1)) {
      if (event.streamId === streamId && Object.keys(event.message).length > 0) await send(event.eventId, event.message);
    }
    return streamId;
  }
}

const sessions = new Map();

async function transportFor(request) {
  const id = request.headers['mcp-session-id'];
  if (id !== undefined) return sessions.get(id);
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: new EventStore(),
    retryInterval: 500,
    onsessioninitialized: (made) => sessions.set(made, transport),
    onsessionclosed: (ended) => sessions.delete(ended),
  });
  await makeServer().connect(transport);
  return transport;
}

const app = createMcpExpressApp();
app.all('/mcp', async (request, response) => {
  const transport = await transportFor(request);
  if (!transport) {
    response.status(404).json({ jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } });
    return;
  }
  await transport.handleRequest(request, response, request.body);
});
const listener = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${listener.address().port}/mcp`);
});
