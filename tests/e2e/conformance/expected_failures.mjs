// What passes directly and cannot pass behind the gateway, since the two sides speak of things in different eras.

/** Checks that find nothing to look at behind the gateway, which the suite then notes and does not count. */
export const withoutObject = [
  'server-sse-streams-functional',  // Of answers to `tools/list` as streams: the gateway's are JSON.
  'server-sse-disconnect-resume',  // Of a server that cuts its stream: the gateway takes it up again by itself.
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
];
