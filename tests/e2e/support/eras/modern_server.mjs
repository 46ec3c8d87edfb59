// A server of 2026-07-28 alone, on @modelcontextprotocol/server 2.x. It asks by `input_required` results, so that its
// handlers run again for a retry: only `did` says that something was done.
import { createMcpExpressApp } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  inputRequired,
  ProtocolError,
  ResourceNotFoundError,
  Server,
} from '@modelcontextprotocol/server';
import * as fixture from './fixture.mjs';

const INVALID_PARAMS = -32602;

const shared = fixture.tools((uri) => handler.notify.resourceUpdated(uri));

/** What a tool may do on its call's stream. The SDK keeps log messages back that the request did not ask for. */
const callOf = ({ mcpReq }) => ({
  signal: mcpReq.signal,
  async progress(progress, total, message) {
    const { progressToken } = mcpReq._meta ?? {};
    if (progressToken === undefined) return;
    await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total, message } });
  },
  log: (level, data) => mcpReq.log(level, data),
});

const asking = {
  confirm({ question }, { mcpReq }) {
    const { answer } = mcpReq.inputResponses ?? {};
    if (answer) return fixture.confirmed(mcpReq.requestState(), answer);
    return inputRequired({
      inputRequests: { answer: inputRequired.elicit(fixture.form(question)) },
      requestState: question,
    });
  },
  sample({ prompt }, { mcpReq }) {
    const { answer } = mcpReq.inputResponses ?? {};
    if (answer) return fixture.text(answer.content.text);
    return inputRequired({ inputRequests: { answer: inputRequired.createMessage(fixture.sampling(prompt)) } });
  },
};

function makeServer() {
  const server = new Server({ name: 'modern-server', version: '1.0.0' }, { capabilities: fixture.capabilities });
  server.setRequestHandler('tools/list', () => ({ tools: fixture.toolList }));
  server.setRequestHandler('tools/call', ({ params: { name, arguments: args } }, context) => {
    if (Object.hasOwn(asking, name)) return asking[name](args, context);
    if (Object.hasOwn(shared, name)) return shared[name](args, callOf(context));
    throw new ProtocolError(INVALID_PARAMS, `Unknown tool: ${name}`);
  });
  server.setRequestHandler('prompts/list', () => ({ prompts: fixture.promptList }));
  server.setRequestHandler('prompts/get', ({ params }) => fixture.prompt(params.arguments));
  server.setRequestHandler('resources/list', () => ({ resources: fixture.resourceList }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [] }));
  server.setRequestHandler('resources/read', ({ params: { uri } }) => {
    if (uri === fixture.WATCHED) return fixture.contents(uri);
    throw new ResourceNotFoundError(uri);
  });
  return server;
}

const handler = createMcpHandler(makeServer, { legacy: 'reject' });
const serve = toNodeHandler(handler);

const app = createMcpExpressApp();
app.all('/mcp', (request, response) => {
  fixture.say('heard', request.body?.method ?? request.method);
  return serve(request, response, request.body);
});
const listener = app.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${listener.address().port}/mcp`);
});
