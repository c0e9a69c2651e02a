// Coding agents as they are, through lighttpd: a task with two calls of a tool, by providers of every wire format; a fallback in
// its middle, to another format; a budget that is gone; a stream that is cut.
//
//	AGENTS=codex,aider  which of them (default: all; what comes after a name's space is a way of an SDK: 'go openai')
//
// What is measured of budgets stands in docs/clients.md.  Not in CI's short run but for two of them (agents.test.mjs one level up).
import { describe, test } from 'node:test';
import { CLIENTS } from './clients.mjs';
import * as cases from './cases.mjs';

const wanted = process.env.AGENTS?.split(',') ?? Object.keys(CLIENTS);

// Agents: the whole of it.
for (const name of wanted.filter((each) => !CLIENTS[each].sdk)) describe(name, () => {
	for (const format of cases.FORMATS) test(`a task by ${format}`, () => cases.task(name, format));
	if (!CLIENTS[name].noTools) for (const [from, to] of [['openai', 'anthropic'], ['anthropic', 'gemini'], ['responses', 'openai']])
		test(`${from} fails in the middle, ${to} goes on`, () => cases.fallback(name, from, to));
	if (name === 'codex') for (const format of cases.FORMATS) test(`a task by ${format}, with the tools for gpt-5.6`, () => cases.task(name, format, 'gpt-5.6-sol'));
	for (const status of [429, 402, 400]) test(`a budget that is gone is told with ${status}`, () => cases.budget(name, status));
	test('a wrong key', () => cases.wrongKey(name));
	test('a stream that is cut', () => cases.cut(name));
});

// SDKs: their whole answers, streams and tools, in another format than most of them speak; a model that fails in mid-conversation.
for (const name of wanted.filter((each) => CLIENTS[each].sdk)) describe(name, () => {
	for (const format of ['openai', 'gemini']) test(`a task by ${format}`, () => cases.task(name, format));
	test('anthropic fails in the middle, responses goes on', () => cases.fallback(name, 'anthropic', 'responses'));
	for (const status of [429, 402]) test(`a budget that is gone is told with ${status}`, () => cases.budget(name, status));
	test('a stream that is cut', () => cases.cut(name));
});
