// A server on the official SDK that passes the conformance suite's scored server scenarios of 2026-07-28, and serves no
// other revision: `legacy: 'reject'` answers `initialize` with 400 and -32022.
//
// How @modelcontextprotocol/server 2.4 serves the revision: `createMcpHandler` makes a server of the factory for every
// request. A result is JSON unless something was sent before it, then SSE. `subscriptions/listen` is the handler's own:
// `handler.notify` feeds it; it ends at once when nothing of the filter is honoured. Tasks are not served.
import { createMcpExpressApp } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { makeServer } from './server.mjs';

const changed = (list) => (list === 'tools' ? handler.notify.toolsChanged() : handler.notify.promptsChanged());
const handler = createMcpHandler(() => makeServer(changed), { legacy: 'reject' });
const serve = toNodeHandler(handler);

const app = createMcpExpressApp();
app.all('/mcp', (request, response) => serve(request, response, request.body));
const listener = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${listener.address().port}/mcp`);
});
