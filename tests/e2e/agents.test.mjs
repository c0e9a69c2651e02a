// Two coding agents as they are, one that speaks Anthropic's format and one that speaks Responses; the others, and more of these
// two, are in agents/agents.test.mjs, which the long run has.
import { test } from 'node:test';
import { budget, fallback, task } from './agents/cases.mjs';

test('Claude Code: Claude fails in the middle of a task, a model of OpenAI goes on', () => fallback('claude-code', 'anthropic', 'openai'));
test('Codex: a model at Responses fails in the middle of a task, Claude goes on', () => fallback('codex', 'responses', 'anthropic'));
test('Codex: its tools for gpt-5.6, free text in a namespace, by a model at chat completions', () => task('codex', 'openai', 'gpt-5.6-sol'));
test('Codex: a budget that is gone is said', () => budget('codex', 400));
