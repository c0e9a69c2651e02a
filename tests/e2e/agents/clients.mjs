// The clients: how each is told of a gateway (the same as the line in docs/clients.md), and how it is asked without a person.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { program } from './install.mjs';

const TASK = 'Write the word PEACH into peach.txt, then read the file and tell me what the marker is.';

// format: the wire format that it speaks.  setUp writes its files into home and gives env and args.
export const CLIENTS = {
	'claude-code': { format: 'anthropic', setUp: ({ base, key, model, home }) => ({
		env: { ANTHROPIC_BASE_URL: base, ANTHROPIC_AUTH_TOKEN: key, ANTHROPIC_DEFAULT_HAIKU_MODEL: model, CLAUDE_CONFIG_DIR: path.join(home, '.claude'),
			CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' },
		args: ['-p', TASK, '--model', model, '--allowedTools', 'Bash'],
	}) },
	codex: { format: 'responses', setUp: ({ base, key, model, home, work }) => {
		fs.writeFileSync(path.join(home, 'config.toml'), `model = "${model}"\nmodel_provider = "sideways"\n\n[model_providers.sideways]\nname = "Sideways"\nbase_url = "${base}/v1"\nenv_key = "SIDEWAYS_KEY"\nwire_api = "responses"\n`);
		return { env: { CODEX_HOME: home, SIDEWAYS_KEY: key }, args: ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '-C', work, TASK] };
	} },
	'gemini-cli': { format: 'gemini', setUp: ({ base, key, model, home }) => {
		fs.mkdirSync(path.join(home, '.gemini'));
		fs.writeFileSync(path.join(home, '.gemini/settings.json'), JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } }, general: { disableAutoUpdate: true }, privacy: { usageStatisticsEnabled: false }, telemetry: { enabled: false } }));
		return { env: { GOOGLE_GEMINI_BASE_URL: base, GEMINI_API_KEY: key, GEMINI_CLI_TRUST_WORKSPACE: 'true' }, args: ['-p', TASK, '-m', model, '--yolo'] };
	} },
	'qwen-code': { format: 'openai', setUp: ({ base, key, model }) => ({
		env: { OPENAI_BASE_URL: `${base}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model, QWEN_TELEMETRY_ENABLED: 'false', HTTPS_PROXY: '' }, // it would send all through a proxy, NO_PROXY or not
		args: ['-p', TASK, '--auth-type', 'openai', '--yolo'],
	}) },
	opencode: { format: 'openai', setUp: ({ base, key, model, work }) => {
		fs.writeFileSync(path.join(work, 'opencode.json'), JSON.stringify({ autoupdate: false, share: 'disabled', permission: 'allow', small_model: `sideways/${model}`,
			provider: { sideways: { npm: '@ai-sdk/openai-compatible', name: 'Sideways', options: { baseURL: `${base}/v1`, apiKey: key }, models: { [model]: {} } } } }));
		return { env: { OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1' }, args: ['run', '-m', `sideways/${model}`, TASK] };
	} },
	aider: { format: 'openai', noTools: true, setUp: ({ base, key, model }) => ({
		env: { OPENAI_API_BASE: `${base}/v1`, OPENAI_API_KEY: key },
		args: ['--model', `openai/${model}`, '--message', `EDIT: ${TASK}`, '--yes-always', '--no-git', '--no-check-update', '--analytics-disable', '--no-show-model-warnings', '--no-show-release-notes', '--edit-format', 'diff', '--map-tokens', '0', 'peach.txt'],
	}) },
};

// Programs of ours that use an SDK as its manual says (sdks/): first a whole answer and a stream, which they print, then the task with a tool
// that runs a command.  The words after the name are the program's arguments.
const SDKS = ['openai-python', 'openai-python responses', 'anthropic-python', 'google-genai-python', 'openai-agents', 'openai-agents chat',
	'pydantic-ai openai', 'pydantic-ai responses', 'pydantic-ai anthropic', 'pydantic-ai google', 'langchain openai', 'langchain responses', 'langchain anthropic', 'langchain google',
	'llama-index', 'google-adk', 'dspy', 'strands', 'strands anthropic', 'llm',
	'openai-node', 'openai-node responses', 'anthropic-node', 'google-genai-node', 'openai-agents-node', 'langchain-node',
	'openai-node22', 'openai-node22 responses', 'anthropic-node22', 'google-genai-node22',
	'go openai', 'go anthropic', 'go google', 'rust async-openai', 'rust async-openai-responses', 'rust genai-openai', 'rust genai-anthropic', 'rust genai-google'];
for (const name of SDKS) CLIENTS[name] = { sdk: true, setUp: ({ base, key, model }) => ({ env: { BASE: base, KEY: key, MODEL: model, PYTHONDONTWRITEBYTECODE: '1' }, args: name.split(' ').slice(1) }) };

// Runs a client on the task, in folders of its own; what it says, how long it took, how it ended, and whether the file was written.
export async function run(name, { base, key, model, ms = 60000 }) {
	const home = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-agent-')), work = path.join(home, 'work');
	fs.mkdirSync(work);
	const { env, args } = CLIENTS[name].setUp({ base, key, model, home, work });
	const started = Date.now();
	const [file, ...first] = program(name.split(' ')[0]);
	const child = spawn(file, [...first, ...args], { cwd: work, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: {
		PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: `${home}/.config`, XDG_DATA_HOME: `${home}/.data`, XDG_CACHE_HOME: `${home}/.cache`, XDG_STATE_HOME: `${home}/.state`,
		TERM: 'dumb', NO_COLOR: '1', CI: '1', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1,localhost', // nothing but loopback
		...env } });
	let text = '';
	for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (bytes) => { text += bytes; });
	const end = (signal) => { try { process.kill(-child.pid, signal); } catch { /* it has ended */ } };
	const timer = setTimeout(() => end('SIGKILL'), ms);
	const code = await new Promise((resolve) => child.on('close', (status, signal) => resolve(signal ?? status)));
	clearTimeout(timer);
	end('SIGKILL'); // what it left running
	const peach = path.join(work, 'peach.txt');
	const wrote = fs.existsSync(peach) && fs.readFileSync(peach, 'utf8').includes('PEACH');
	fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
	return { text, code, wrote, ms: Date.now() - started };
}
