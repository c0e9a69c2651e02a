// Starts a gateway and a provider, and lets programs.py ask.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { MASTER_KEY, startGateway } from '../lib/sandbox.mjs';
import { deployment, settings } from '../lib/settings.mjs';
import { startUpstream } from '../lib/upstream.mjs';

const up = await startUpstream();
const gateway = await startGateway({ settings: settings([deployment('cheap', up.base), deployment('other', up.base)], { litellm: { max_budget: 100, budget_duration: '1mo' } }) });
let status = 1;
try {
	const child = spawn(process.env.PYTHON, ['-W', 'ignore', path.join(import.meta.dirname, 'programs.py'), gateway.base, MASTER_KEY], { stdio: ['ignore', 'inherit', 'inherit'], cwd: gateway.dir,
		env: { PATH: process.env.PATH, HOME: gateway.dir, COLUMNS: '300', LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', PYTHONDONTWRITEBYTECODE: '1' } });
	status = await new Promise((resolve) => child.on('close', resolve));
	const audit = await gateway.cli('audit');
	console.log(`${audit.status === 0 ? 'ok' : 'not ok'} - the books agree after all this`);
	status ||= audit.status;
} finally {
	await gateway.remove();
	await up.close();
}
process.exit(status);
