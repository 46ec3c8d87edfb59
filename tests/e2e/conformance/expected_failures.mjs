// What passes directly and does not behind the gateway, since the two sides speak of things in different eras, or since the
// suite's client does not ask for what is looked at.

/**
 * Checks that find nothing to look at behind the gateway: the suite notes them, for a server may do either, and does not
 * count them. An entry that passes is an error. For a client with other wishes and a worse network (`other_client.mjs`)
 * there is something to look at, and the checks pass.
 */
export const withoutObject = [
  {
    // Of answers to `tools/list` as streams. The backend's are, as its SDK answers everything so. A list is an answer of
    // the gateway's own; it is JSON, since the suite's client says that it takes both alike.
    check: 'server-sse-streams-functional',
    scenario: 'server-sse-multiple-streams',
  },
  {
    // Of a result that is fetched with `Last-Event-ID` after the server cut the call's stream. The backend cuts it; the
    // gateway fetches the result itself and does not hand the cut on, so that the result comes on the first stream.
    check: 'server-sse-disconnect-resume',
    scenario: 'server-sse-polling',
  },
];

/** Each with the sentence of the specification that says why. An entry that passes is an error. */
export const expectedFailures = [
  {
    revision: '2026-07-28',
    backend: 'session',
    scenario: 'server-stateless',
    checks: ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'],
    // A session's server knows from `initialize` that it must not ask, and has no error that says so.
    because: 'Both parties MUST: [...] Only use capabilities that were successfully negotiated',
    where: '2025-11-25/basic/lifecycle.mdx, Operation',
  },
  {
    revision: '2026-07-28',
    backend: 'session',
    scenario: 'input-required-result-basic-elicitation',
    checks: ['sep-2322-elicitation-incomplete', 'sep-2322-elicitation-complete'],
    // The suite wants the key `user_name`; a request of a session has no such name.
    because: '`inputRequests` keys are server assigned identifiers',
    where: '2026-07-28/basic/patterns/mrtr.mdx, Server Requirements (Basic Workflow)',
  },
  {
    revision: '2026-07-28',
    backend: 'session',
    scenario: 'input-required-result-ignore-extra-params',
    checks: ['sep-2322-ignore-unexpected-params'],
    // The suite sends answers without having been asked: a session's server asks, and takes answers to what it asked.
    because: '`inputRequests` keys are server assigned identifiers',
    where: '2026-07-28/basic/patterns/mrtr.mdx, Server Requirements (Basic Workflow)',
  },
  {
    revision: '2026-07-28',
    backend: 'session',
    scenario: 'http-custom-header-server-validation',
    checks: [
      'sep-2243-server-no-xmcp-tool',
      'sep-2243-server-decode-base64',
      'sep-2243-server-validate-param-match',
      'sep-2243-server-reject-invalid-param-chars',
      'sep-2243-server-reject-param-mismatch',
    ],
    // Tools of a session's server are listed without the annotation: that server would read no such header.
    because: 'Properties MAY include an `x-mcp-header` annotation',
    where: '2026-07-28/server/tools.mdx, Tool',
  },
  {
    revision: '2025-11-25',
    backend: 'modern',
    scenario: 'server-sse-polling',
    checks: ['server-sse-priming-event', 'server-sse-retry-field'],
    // Of a stream that the server closes before the response; a modern server cannot, and answers with JSON.
    because:
      'the server MUST either return `Content-Type: text/event-stream`, to initiate an SSE stream, or ' +
      '`Content-Type: application/json`, to return one JSON object',
    where: '2025-11-25/basic/transports.mdx, Sending Messages to the Server',
  },
];
