// The official SDK clients of both eras, behind one face.
import * as types from '@modelcontextprotocol/sdk/types.js';
import { connect } from '../client.mjs';
import { Journal } from '../journal.mjs';
import { connectModern, logLevel } from '../modern_client.mjs';

/** A client says that it can what it has answers for. */
const capabilitiesOf = (answers) => ({
  ...(answers['elicitation/create'] && { elicitation: {} }),
  ...(answers['sampling/createMessage'] && { sampling: {} }),
});

/** How a client asks for what both eras have, in its own way. `answers` is method -> function of the params. */
class SessionClient {
  logged = new Journal();
  updated = new Journal();

  static async connect(t, url, answers = {}) {
    const self = new SessionClient();
    const { client, exchanges } = await connect(t, url, { capabilities: capabilitiesOf(answers) });
    const schemas = {
      'elicitation/create': types.ElicitRequestSchema,
      'sampling/createMessage': types.CreateMessageRequestSchema,
    };
    for (const [method, answer] of Object.entries(answers)) {
      client.setRequestHandler(schemas[method], ({ params }) => answer(params));
    }
    client.setNotificationHandler(types.LoggingMessageNotificationSchema, ({ params }) => self.logged.add(params));
    client.setNotificationHandler(types.ResourceUpdatedNotificationSchema, ({ params }) => self.updated.add(params));
    return Object.assign(self, { client, exchanges });
  }

  call(name, args, options) {
    return this.client.callTool({ name, arguments: args }, undefined, options);
  }

  /** Calls with log messages from a level on. */
  async callLogged(level, name, args) {
    await this.client.setLoggingLevel(level);
    return this.call(name, args);
  }

  /** Resolves when `updated` will get the updates of a resource. */
  async watch(uri) {
    await this.exchanges.answered('GET');
    await this.client.subscribeResource({ uri });
  }
}

class ModernClient {
  logged = new Journal();
  updated = new Journal();

  static async connect(t, url, answers = {}) {
    const self = new ModernClient();
    const handlers = Object.entries(answers).map(([method, answer]) => [method, ({ params }) => answer(params)]);
    const { client } = await connectModern(t, url, {
      capabilities: capabilitiesOf(answers),
      answers: Object.fromEntries(handlers),
    });
    client.setNotificationHandler('notifications/message', ({ params }) => self.logged.add(params));
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => self.updated.add(params));
    return Object.assign(self, { client });
  }

  call(name, args, options) {
    return this.client.callTool({ name, arguments: args }, options);
  }

  callLogged(level, name, args) {
    return this.client.callTool({ name, arguments: args, _meta: logLevel(level) });
  }

  async watch(uri) {
    const { honoredFilter } = await this.client.listen({ resourceSubscriptions: [uri] });
    if (!honoredFilter.resourceSubscriptions?.includes(uri)) throw new Error(`not honoured: ${uri}`);
  }
}

export const clients = { session: SessionClient, modern: ModernClient };
