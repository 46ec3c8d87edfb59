// The official conformance suite's client scenarios against the gateway's side towards backends: the scenario's server
// is the gateway's only backend. Not run: auth/*, since the gateway does not ask users to log in for backends.
import { testClientScenarios } from './support/conformance.mjs';

testClientScenarios('2025-11-25', 'session', [
  'initialize',
  'tools_call',
  'elicitation-sep1034-client-defaults',
  'sse-retry',
  'json-schema-2020-12-preservation',
]);
