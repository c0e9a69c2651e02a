// Anthropic's SDK.
import { execSync } from 'node:child_process';
import Anthropic from '@anthropic-ai/sdk';

const { BASE, KEY, MODEL: model } = process.env;
const client = new Anthropic({ apiKey: KEY, baseURL: BASE });
const plain = { model, max_tokens: 1000, messages: [{ role: 'user', content: 'Say what this is, in two words.' }] };
const whole = (await client.messages.create(plain)).content[0].text;
console.log(`whole: ${whole}\nstream: ${await client.messages.stream(plain).finalText()}`);
const messages = [{ role: 'user', content: 'Write the word PEACH into peach.txt, then read the file and tell me what the marker is.' }];
const tools = [{ name: 'run_command', description: 'Runs a command in a shell', input_schema: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] } }];
for (;;) {
	const { content } = await client.messages.stream({ model, max_tokens: 1000, messages, tools }).finalMessage();
	messages.push({ role: 'assistant', content });
	const calls = content.filter((block) => block.type === 'tool_use');
	if (!calls.length) {
		console.log(content.at(-1).text);
		break;
	}
	messages.push({ role: 'user', content: calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: execSync(call.input.command, { encoding: 'utf8', shell: '/bin/bash' }) })) });
}
