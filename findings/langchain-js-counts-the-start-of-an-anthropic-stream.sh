#!/bin/bash
# LangChain for JavaScript counts an Anthropic stream by the usage of its start, and adds the start's output to the whole output.
#
# One would guess: Anthropic's counts in message_delta are cumulative (its manual says so, and shows 2679 input tokens at the start and
# 10682 at the end of a web search), so a stream has the same usage_metadata as the same answer without a stream.
#
# What happens: of message_delta only output_tokens is taken, and pieces are summed. What a server's tool read into the prompt, cached or
# not, is not counted (3679 for 13682 here), and each stream has the output tokens of its start too many. Without a stream the counts
# are right, as they are in both ways with Anthropic's own SDK, and with LangChain for Python.
#
# So a gateway that writes Anthropic's stream from one whose usage comes last should not leave the input for the end.
#
# Seen on 2026-11-30 with @langchain/anthropic 1.5.11 (utils/message_outputs.ts), @langchain/core 1.4.0, Node 20.20.2. A change for the
# input has waited since July 2026 (langchain-ai/langchainjs 11195); of the output's sum it says nothing.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"type":"module","private":true}' >package.json
npm install --no-audit --no-fund --loglevel=error --ignore-scripts @langchain/anthropic@1.5.11 @langchain/core@1.4.0 @anthropic-ai/sdk@1.14.0 >/dev/null
cat >run.mjs <<'JS'
import fs from 'node:fs';
import http from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { ChatAnthropic } from '@langchain/anthropic';

const start = { input_tokens: 2679, cache_creation_input_tokens: 0, cache_read_input_tokens: 1000, output_tokens: 3 };
const end = { input_tokens: 10682, cache_creation_input_tokens: 0, cache_read_input_tokens: 3000, output_tokens: 510, server_tool_use: { web_search_requests: 1 } };
const message = { id: 'm', type: 'message', role: 'assistant', content: [], model: 'm', stop_reason: null, stop_sequence: null, usage: start };
const events = [
	{ type: 'message_start', message },
	{ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
	{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Found.' } },
	{ type: 'content_block_stop', index: 0 },
	{ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: end },
	{ type: 'message_stop' },
];
const server = http.createServer(async (request, reply) => {
	let text = '';
	for await (const piece of request) text += piece;
	if (JSON.parse(text).stream) {
		reply.setHeader('content-type', 'text/event-stream');
		reply.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
	} else {
		reply.setHeader('content-type', 'application/json');
		reply.end(JSON.stringify({ ...message, content: [{ type: 'text', text: 'Found.' }], stop_reason: 'end_turn', usage: end }));
	}
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${server.address().port}`;
const version = (name) => `${name} ${JSON.parse(fs.readFileSync(`node_modules/${name}/package.json`)).version}`;
console.log(process.version, ['@langchain/anthropic', '@langchain/core', '@anthropic-ai/sdk'].map(version).join(', '));

const own = await new Anthropic({ apiKey: 'k', baseURL: address }).messages.stream({ model: 'm', max_tokens: 600, messages: [{ role: 'user', content: 'x' }] }).finalMessage();
const model = new ChatAnthropic({ model: 'm', apiKey: 'k', anthropicApiUrl: address, maxTokens: 600 });
const whole = (await model.invoke('x')).usage_metadata;
let sum;
for await (const piece of await model.stream('x')) sum = sum ? sum.concat(piece) : piece;
const streamed = sum.usage_metadata;
server.close();
const told = ({ input_tokens: input, output_tokens: output, input_token_details: of }) => `input ${input} (of it read from a cache ${of.cache_read}), output ${output}`;
console.log("Anthropic's SDK, stream:", JSON.stringify(own.usage));
console.log('LangChain, no stream:', told(whole));
console.log('LangChain, stream:   ', told(streamed));
const right = own.usage.input_tokens === 10682 && whole.input_tokens === 13682 && whole.output_tokens === 510;
process.exit(right && streamed.input_tokens === 3679 && streamed.output_tokens === 513 ? 0 : 1);
JS
node run.mjs
