// What the conformance suite's server scenarios expect a server to have, by the names they use.
import { inputPrompts, inputTools, sessionTools } from './asking.mjs';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const SILENCE = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';

const text = (value) => ({ type: 'text', text: value });
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' };
const answer = (...content) => ({ content });
const needs = (...names) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  ...(names.length > 0 && { required: names }),
});
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Tools by name: schema, or names of the strings they need, and what they do. `context` is the SDK's, `host` has the
 * SDK's `server` and `changed(list)`, which says that the list of tools or prompts has changed.
 */
export const tools = {
  test_simple_text: { run: () => answer(text('This is a simple text response for testing.')) },
  test_image_content: { run: () => answer(image) },
  test_audio_content: { run: () => answer({ type: 'audio', data: SILENCE, mimeType: 'audio/wav' }) },
  test_embedded_resource: {
    run: () =>
      answer({
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      }),
  },
  test_multiple_content_types: {
    run: () =>
      answer(text('Multiple content types test:'), image, {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      }),
  },
  test_tool_with_logging: {
    async run(_, context) {
      for (const message of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await context.mcpReq.log('info', message);
        await pause(50);
      }
      return answer(text('Logged three messages.'));
    },
  },
  test_tool_with_progress: {
    async run(_, context) {
      const progressToken = context.mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: 100 };
          await context.mcpReq.notify({ method: 'notifications/progress', params });
        }
        await pause(50);
      }
      return answer(text('Reported progress.'));
    },
  },
  test_error_handling: {
    run: () => ({ ...answer(text('This tool intentionally returns an error for testing')), isError: true }),
  },
  ...sessionTools,
  ...inputTools,
  // Closes its stream in the middle: the client must come back for the result (SEP-1699).
  test_reconnection: {
    async run(_, context) {
      context.http?.closeSSE?.();
      await pause(100);
      return answer(text('Reconnection test completed.'));
    },
  },
  // Nobody is told, for nobody asks for a level.
  test_logging_tool: {
    async run(_, context) {
      await context.mcpReq.log('info', 'Not for you.');
      return answer(text('Logged one message.'));
    },
  },
  test_trigger_tool_change: {
    run(_, context, { changed }) {
      changed('tools');
      return answer(text('Announced.'));
    },
  },
  test_trigger_prompt_change: {
    run(_, context, { changed }) {
      changed('prompts');
      return answer(text('Announced.'));
    },
  },
  test_x_mcp_header: {
    schema: {
      type: 'object',
      properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
      required: ['region'],
    },
    run: ({ region }) => answer(text(region)),
  },
  // Not of the suite: never answers, and says when it is cancelled.
  wait_for_cancellation: {
    run(_, context) {
      console.log('waiting for cancellation');
      return new Promise((resolve) => {
        context.mcpReq.signal.addEventListener('abort', () => {
          console.log('cancelled');
          resolve(answer());
        });
      });
    },
  },
  json_schema_2020_12_tool: {
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: {
          $anchor: 'addressDef',
          type: 'object',
          properties: { street: { type: 'string' }, city: { type: 'string' } },
        },
      },
      properties: {
        name: { type: 'string' },
        address: { $ref: '#/$defs/address' },
        contactMethod: { type: 'string', enum: ['phone', 'email'] },
        phone: { type: 'string' },
        email: { type: 'string' },
      },
      allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
      if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
      then: { required: ['phone'] },
      else: { required: ['email'] },
      additionalProperties: false,
    },
    run: (values) => answer(text(JSON.stringify(values))),
  },
};

export const toolList = Object.entries(tools).map(([name, { schema, needs: names = [] }]) => ({
  name,
  description: `Fixture ${name}`,
  inputSchema: schema ?? needs(...names),
}));

const asked = (...content) => ({ messages: content.map((one) => ({ role: 'user', content: one })) });

export const prompts = {
  test_simple_prompt: { run: () => asked(text('This is a simple prompt for testing.')) },
  test_prompt_with_arguments: {
    names: ['arg1', 'arg2'],
    run: ({ arg1, arg2 }) => asked(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  },
  test_prompt_with_embedded_resource: {
    names: ['resourceUri'],
    run: ({ resourceUri: uri }) =>
      asked(
        {
          type: 'resource',
          resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        },
        text('Please process the embedded resource above.'),
      ),
  },
  test_prompt_with_image: { run: () => asked(image, text('Please analyze the image above.')) },
  ...inputPrompts,
};

export const promptList = Object.entries(prompts).map(([name, { names = [] }]) => ({
  name,
  description: `Fixture ${name}`,
  arguments: names.map((argument) => ({ name: argument, description: argument, required: true })),
}));

const resources = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PIXEL },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched.' },
};

export const resourceList = Object.entries(resources).map(([uri, { mimeType }]) => ({
  uri,
  name: uri.slice('test://'.length),
  description: `Fixture ${uri}`,
  mimeType,
}));

export const templateList = [
  {
    uriTemplate: 'test://template/{id}/data',
    name: 'template',
    description: 'Fixture template',
    mimeType: 'application/json',
  },
];

/** Returns the contents of a resource, or undefined. */
export function readResource(uri) {
  const id = uri.match(/^test:\/\/template\/([^/]+)\/data$/)?.[1];
  if (id !== undefined) {
    const data = { id, templateTest: true, data: `Data for ID: ${id}` };
    return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(data) }] };
  }
  return resources[uri] && { contents: [{ uri, ...resources[uri] }] };
}
