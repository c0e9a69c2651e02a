// OpenAI's SDK at chat completions and, with `responses`, at Responses.
import { execSync } from 'node:child_process';
import OpenAI from 'openai';

const { BASE, KEY, MODEL: model } = process.env;
const PLAIN = 'Say what this is, in two words.', TASK = 'Write the word PEACH into peach.txt, then read the file and tell me what the marker is.';
const parameters = { type: 'object', properties: { command: { type: 'string', description: 'The command' } }, required: ['command'], additionalProperties: false };
const bash = (input) => execSync(JSON.parse(input).command, { encoding: 'utf8', shell: '/bin/bash' });
const show = (whole, stream) => console.log(`whole: ${whole}\nstream: ${stream}`);
const client = new OpenAI({ apiKey: KEY, baseURL: `${BASE}/v1` });

async function chat() {
	const plain = [{ role: 'user', content: PLAIN }];
	const whole = (await client.chat.completions.create({ model, messages: plain })).choices[0].message.content;
	let text = '';
	for await (const chunk of await client.chat.completions.create({ model, messages: plain, stream: true })) text += chunk.choices[0]?.delta.content ?? '';
	show(whole, text);
	const messages = [{ role: 'user', content: TASK }];
	const tools = [{ type: 'function', function: { name: 'run_command', description: 'Runs a command in a shell', parameters } }];
	for (;;) {
		const { message } = (await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion()).choices[0];
		messages.push(message);
		if (!message.tool_calls?.length) return message.content;
		for (const call of message.tool_calls) messages.push({ role: 'tool', tool_call_id: call.id, content: bash(call.function.arguments) });
	}
}

async function responses() {
	const whole = (await client.responses.create({ model, input: PLAIN })).output_text;
	show(whole, (await client.responses.stream({ model, input: PLAIN }).finalResponse()).output_text);
	const input = [{ role: 'user', content: TASK }];
	const tools = [{ type: 'function', name: 'run_command', description: 'Runs a command in a shell', parameters, strict: true }];
	for (;;) {
		const reply = await client.responses.stream({ model, input, tools }).finalResponse(); // also of a response that failed
		if (reply.status !== 'completed') throw new Error(`error: ${reply.error?.message}`);
		input.push(...reply.output);
		const calls = reply.output.filter((item) => item.type === 'function_call');
		if (!calls.length) return reply.output_text;
		for (const call of calls) input.push({ type: 'function_call_output', call_id: call.call_id, output: bash(call.arguments) });
	}
}

console.log(await (process.argv.includes('responses') ? responses() : chat()));
