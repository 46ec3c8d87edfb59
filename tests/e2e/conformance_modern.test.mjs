// The official conformance suite at 2026-07-28, the revision without sessions.
import { testServerScenarios } from './support/conformance.mjs';

testServerScenarios('2026-07-28', 50);
