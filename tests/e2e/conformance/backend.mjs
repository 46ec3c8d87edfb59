// A session-ful server on the official SDK that passes the conformance suite's scored server scenarios of 2025-11-25:
// what does not pass through the gateway is the gateway's fault. Of 2026-07-28 it knows nothing: a request of that
// revision has no session here.
import { randomUUID } from 'node:crypto';
import { createMcpExpressApp } from '@modelcontextprotocol/express';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { makeServer } from './server.mjs';

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

const changed = (list) => sessions.forEach(({ announce }) => announce[list]());

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
  const server = makeServer(changed);
  transport.announce = {
    tools: () => server.sendToolListChanged(),
    prompts: () => server.sendPromptListChanged(),
  };
  await server.connect(transport);
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
