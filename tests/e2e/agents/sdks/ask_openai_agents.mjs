// OpenAI's Agents SDK, at Responses.
import { execSync } from 'node:child_process';
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents';
import { z } from 'zod';

const { BASE, KEY, MODEL: model } = process.env;
const runner = new Runner({ modelProvider: new OpenAIProvider({ apiKey: KEY, baseURL: `${BASE}/v1` }), tracingDisabled: true });
const bash = tool({ name: 'run_command', description: 'Runs a command in a shell', parameters: z.object({ command: z.string() }), errorFunction: null,
	execute: ({ command }) => execSync(command, { encoding: 'utf8', shell: '/bin/bash' }) });

async function stream(agent, prompt) {
	const result = await runner.run(agent, prompt, { stream: true });
	await result.completed;
	return result.finalOutput;
}

const plain = new Agent({ name: 'plain', model });
const whole = (await runner.run(plain, 'Say what this is, in two words.')).finalOutput;
console.log(`whole: ${whole}\nstream: ${await stream(plain, 'Say what this is, in two words.')}`);
console.log(await stream(new Agent({ name: 'worker', model, tools: [bash] }), 'Write the word PEACH into peach.txt, then read the file and tell me what the marker is.'));
