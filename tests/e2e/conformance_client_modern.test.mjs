// The official conformance suite's client scenarios of 2026-07-28, with clients of both eras: what the gateway sends to
// the scenario's server must not depend on who asked for it.
import { testClientScenarios } from './support/conformance.mjs';

const scenarios = [
  'tools_call',
  'request-metadata',
  'http-standard-headers',
  'http-custom-headers',
  'http-invalid-tool-headers',
  'sep-2322-client-request-state',
  'json-schema-ref-no-deref',
  'json-schema-2020-12-preservation',
];

testClientScenarios('2026-07-28', 'modern', scenarios);
testClientScenarios('2026-07-28', 'session', scenarios);
