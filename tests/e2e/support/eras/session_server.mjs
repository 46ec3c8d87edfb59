// A session-ful server on @modelcontextprotocol/sdk 1.x. It asks by requests while a call runs.
import { randomUUID } from 'node:crypto';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import express from 'express';
import * as fixture from './fixture.mjs';

const LEVELS = types.LoggingLevelSchema.options;
const sessions = new Map();

function touched(uri) {
  for (const { server, subscribed } of sessions.values()) {
    if (subscribed.has(uri)) server.sendResourceUpdated({ uri });
  }
}
const shared = fixture.tools(touched);

function makeSession() {
  const server = new Server({ name: 'session-server', version: '1.0.0' }, { capabilities: fixture.capabilities });
  const session = { server, subscribed: new Set(), level: undefined };

  /** What a tool may do on its call's stream. */
  const callOf = ({ signal, sendNotification, _meta }) => ({
    signal,
    async progress(progress, total, message) {
      const { progressToken } = _meta ?? {};
      if (progressToken === undefined) return;
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total, message } });
    },
    async log(level, data) {
      if (session.level === undefined || LEVELS.indexOf(level) < LEVELS.indexOf(session.level)) return;
      await sendNotification({ method: 'notifications/message', params: { level, data } });
    },
  });
  const asking = {
    async confirm({ question }, { sendRequest }) {
      fixture.say('did', 'begin', question);
      const params = { mode: 'form', ...fixture.form(question) };
      return fixture.confirmed(
        question,
        await sendRequest({ method: 'elicitation/create', params }, types.ElicitResultSchema),
      );
    },
    async sample({ prompt }, { sendRequest }) {
      const request = { method: 'sampling/createMessage', params: fixture.sampling(prompt) };
      const { content } = await sendRequest(request, types.CreateMessageResultSchema);
      return fixture.text(content.text);
    },
  };

  server.setRequestHandler(types.SetLevelRequestSchema, ({ params }) => {
    session.level = params.level;
    return {};
  });
  server.setRequestHandler(types.ListToolsRequestSchema, () => ({ tools: fixture.toolList }));
  server.setRequestHandler(types.CallToolRequestSchema, ({ params: { name, arguments: args } }, extra) => {
    if (Object.hasOwn(asking, name)) return asking[name](args, extra);
    if (Object.hasOwn(shared, name)) return shared[name](args, callOf(extra));
    throw new types.McpError(types.ErrorCode.InvalidParams, `Unknown tool: ${name}`);
  });
  server.setRequestHandler(types.ListPromptsRequestSchema, () => ({ prompts: fixture.promptList }));
  server.setRequestHandler(types.GetPromptRequestSchema, ({ params }) => fixture.prompt(params.arguments));
  server.setRequestHandler(types.ListResourcesRequestSchema, () => ({ resources: fixture.resourceList }));
  server.setRequestHandler(types.ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [] }));
  server.setRequestHandler(types.ReadResourceRequestSchema, ({ params: { uri } }) => {
    if (uri === fixture.WATCHED) return fixture.contents(uri);
    throw new types.McpError(-32002, 'Resource not found', { uri });
  });
  server.setRequestHandler(types.SubscribeRequestSchema, ({ params: { uri } }) => {
    session.subscribed.add(uri);
    return {};
  });
  server.setRequestHandler(types.UnsubscribeRequestSchema, ({ params: { uri } }) => {
    session.subscribed.delete(uri);
    return {};
  });
  return session;
}

async function transportFor(request) {
  const id = request.headers['mcp-session-id'];
  if (id !== undefined) return sessions.get(id)?.transport;
  const session = makeSession();
  session.transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (made) => sessions.set(made, session),
    onsessionclosed: (ended) => sessions.delete(ended),
  });
  await session.server.connect(session.transport);
  return session.transport;
}

const app = express();
app.use(express.json());
app.all('/mcp', async (request, response) => {
  fixture.say('heard', request.body?.method ?? request.method);
  const transport = await transportFor(request);
  if (transport) return transport.handleRequest(request, response, request.body);
  response.status(404).json({ jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } });
});
const listener = app.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${listener.address().port}/mcp`);
});
