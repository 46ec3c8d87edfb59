// The official conformance suite: whatever a server passes by itself, it passes behind the gateway.
import { testServerScenarios, testWithOtherClient } from './support/conformance.mjs';

testServerScenarios('2025-11-25', 33);
testWithOtherClient();
