// A log as a gateway of a small company has it: some thousand requests of the last weeks by eleven keys of three teams, written with
// their sums into a database as the program writes them.  The same seed gives the same requests; only the time is that of the run.
import { spawnSync } from 'node:child_process';

const HOUR = 3600000, DAY = 24 * HOUR;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const quote = (value) => (value === null || value === undefined ? 'NULL' : typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`);

// group: provider, model, tier, nano-dollars a token in and out
export const MODELS = {
	best: ['anthropic', 'claude-opus-4-1', 'premium', 15000, 75000], smart: ['anthropic', 'claude-sonnet-4-5', 'mid', 3000, 15000],
	other: ['openai', 'gpt-4o', 'mid', 2500, 10000], fast: ['openai', 'gpt-5-nano', 'cheap', 50, 400], cheap: ['deepseek', 'deepseek-chat', 'cheap', 280, 420],
	embed: ['openai', 'text-embedding-3-small', 'cheap', 20, 0],
};
const KEYS = [['agent-alice', 'research', 12, 'smart'], ['agent-bob', 'research', 9, 'smart'], ['intern', 'research', 6, 'best'], ['reports', 'finance', 10, 'other'],
	['ledger-bot', 'finance', 4, 'cheap'], ['chatbot', 'product', 60, 'fast'], ['search', 'product', 110, 'embed'], ['ci-bot', 'product', 25, 'cheap'],
	['nightly', 'product', 8, 'cheap'], ['playground', null, 2, 'best'], ['old-app', null, 3, 'fast']];
const USERS = ['alice@example.com', 'bob@example.com', 'carol@example.com'], TAGS = ['eval', 'batch', 'support'];

function randomness(seed) {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 4294967296;
	};
}

function idOf(ms, number) {
	let text = '';
	for (let i = 9; i >= 0; i--) text += ALPHABET[Math.floor(ms / 32 ** i) % 32];
	return text + number.toString(16).padStart(16, '0');
}

// [{id, at, key, group, ...}]; more on working days and by day, and a bad hour of the provider "anthropic" in the middle.
function requests({ now, days, scale }) {
	const random = randomness(7), list = [];
	const between = (low, high) => low + Math.floor(random() * (high - low));
	for (let day = 0; day <= days; day++)
		for (const [key, team, a_day, group] of KEYS) {
			const weekend = [0, 6].includes(new Date(now - day * DAY).getUTCDay());
			for (let n = Math.ceil(a_day * scale * (weekend ? 0.3 : 1)); n > 0; n--) {
				const at = now - day * DAY - between(0, DAY);
				const bad = MODELS[group][0] === 'anthropic' && at > now - 5.8 * DAY && at < now - 4.9 * DAY;
				const luck = random(), tokens = group === 'best' || group === 'smart' ? [between(2000, 30000), between(200, 2500)] : [between(200, 5000), group === 'embed' ? 0 : between(20, 600)];
				list.push({ at, key, team, group, tokens, user: key === 'chatbot' ? USERS[between(0, 3)] : null, tag: luck < 0.3 ? TAGS[between(0, 3)] : null,
					outcome: luck > 0.992 ? 'model_not_found' : luck > 0.986 ? 'rate' : luck > 0.983 ? 'budget' : bad && luck > 0.6 ? 'overload' : bad && luck > 0.2 ? 'moved' : luck > 0.975 ? 'moved' : 'ok',
					latency: between(300, 9000), stream: random() < 0.5 });
			}
		}
	return list.sort((a, b) => a.at - b.at).filter((one) => one.at <= now).map((one, number) => ({ ...one, id: idOf(one.at, number) }));
}

const STAND_IN = { best: null, smart: 'other', other: 'smart', fast: 'cheap', cheap: 'fast', embed: null };

function attempt(request, number, group, outcome, direction) {
	const [provider, model, tier, input, output] = MODELS[group], ok = outcome === 'ok';
	const cost = ok ? request.tokens[0] * input + request.tokens[1] * output : 0;
	return { request_id: request.id, number, state: outcome === 'upward' ? 'blocked' : ok ? 'settled' : 'released', started_ms: request.at, ended_ms: request.at + request.latency,
		key_id: `key-${request.key}`, team_id: request.team, model_group: group, deployment_id: group, provider, model, tier, direction, outcome, status: ok ? 200 : outcome === 'upward' ? null : 529,
		input_tokens: ok ? request.tokens[0] : null, output_tokens: ok ? request.tokens[1] : null, bound_nano: request.tokens[0] * input + 4000 * output, cost_nano: cost,
		not_spent_nano: outcome === 'upward' ? 400000000 : 0, not_spent_most_nano: outcome === 'upward' ? 900000000 : 0, price_version: '2026-08-01', latency_ms: outcome === 'upward' ? null : request.latency };
}

function rowsOf(request) {
	const attempts = [], stand = STAND_IN[request.group], refused = ['model_not_found', 'rate', 'budget'].includes(request.outcome);
	if (request.outcome === 'ok' || (request.outcome === 'moved' && !stand)) attempts.push(attempt(request, 1, request.group, 'ok', 'own'));
	else if (!refused) {
		attempts.push(attempt(request, 1, request.group, 'overload', 'own'));
		if (request.outcome === 'moved') attempts.push(attempt(request, 2, stand, 'ok', 'sideways'));
		else if (request.group === 'smart') attempts.push(attempt(request, 2, 'best', 'upward', 'upward'));
	}
	const last = attempts.at(-1), ok = last?.outcome === 'ok';
	const blocked = attempts.filter((one) => one.state === 'blocked'), outcome = ok ? 'ok' : request.outcome === 'overload' ? 'overloaded' : request.outcome === 'moved' ? 'overloaded' : request.outcome;
	const fault = ok ? null : outcome === 'model_not_found' ? 'client' : outcome === 'overloaded' ? 'provider' : 'limit';
	const row = { id: request.id, started_ms: request.at, key_id: `key-${request.key}`, team_id: request.team, asked_model: outcome === 'model_not_found' ? 'gpt-5' : request.group,
		model_group: outcome === 'model_not_found' ? null : request.group, answered_group: ok ? last.model_group : null, answered_model: ok ? last.model : null, deployment_id: ok ? last.deployment_id : null,
		tier: ok ? last.tier : null, outcome, status: ok ? 200 : fault === 'client' ? 404 : fault === 'limit' ? 429 : 503, streamed: Number(request.stream), attempts: attempts.length - blocked.length,
		fallbacks: Number(ok && last.number > 1), blocked_upward: blocked.length, not_spent_nano: blocked.length * 400000000, not_spent_most_nano: blocked.length * 900000000, input_tokens: ok ? request.tokens[0] : null, output_tokens: ok ? request.tokens[1] : null,
		cost_nano: ok ? last.cost_nano : 0, bound_nano: ok ? last.bound_nano : 0, latency_ms: ok ? request.latency : 3, first_token_ms: ok && request.stream ? Math.floor(request.latency / 4) : null,
		error: ok ? null : `${outcome}: told to the client`, fault, route: request.group === 'embed' ? 'POST /v1/embeddings' : 'POST /v1/chat/completions', end_user: request.user,
		tags: request.tag ? JSON.stringify([request.tag]) : null, agent: 'OpenAI/Python 1.99.1', address: '10.0.4.18' };
	return { row, attempts };
}

const insert = (table, row) => `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(quote).join(', ')});`;

// Fills the database of a gateway that has written nothing yet; gives the requests' and attempts' rows.
export function busyLog(database, { now = Date.now(), days = 15, scale = 1 } = {}) {
	const all = requests({ now, days, scale }).map(rowsOf), sql = ['PRAGMA synchronous = OFF;', 'BEGIN;'];
	for (const team of ['research', 'finance', 'product']) sql.push(insert('team', { id: team, alias: team, created_ms: now - days * DAY }));
	for (const [key, team] of KEYS) sql.push(insert('virtual_key', { id: `key-${key}`, hash: `none-${key}`, hint: 'sk-...', alias: key, team_id: team, created_ms: now - days * DAY }));
	for (const { row, attempts } of all) sql.push(insert('request', row), ...attempts.map((one) => insert('attempt', one)));
	sql.push(`INSERT INTO attempt_sum (made, hour, key_id, team_id, model_group, deployment_id, provider, model, tier, direction, state, outcome, status, attempts, failures, input_tokens,
			cached_tokens, output_tokens, cost_nano, overrun_nano, latency_ms)
		SELECT state NOT IN ('skipped', 'blocked'), started_ms / ${HOUR}, key_id, coalesce(team_id, ''), model_group, deployment_id, provider, model, tier, direction, state, outcome,
			coalesce(status, 0), 1, outcome <> 'ok', coalesce(input_tokens, 0), 0, coalesce(output_tokens, 0), cost_nano, 0, coalesce(latency_ms, 0) FROM attempt;`,
	`INSERT INTO request_sum (hour, key_id, team_id, model_group, answered_group, outcome, status, requests, fell_back, blocked_upward, not_spent_nano, not_spent_most_nano,
			cost_nano, cache_hits, cache_saved_nano, mistakes, limited)
		SELECT started_ms / ${HOUR}, key_id, coalesce(team_id, ''), model_group, answered_group, outcome, status, 1, fallbacks > 0, blocked_upward > 0, not_spent_nano, not_spent_most_nano,
			cost_nano, 0, 0, fault IS 'client', fault IS 'limit' FROM request;`,
	`INSERT INTO label_sum (kind, id, hour, key_id, team_id, provider, model, tier, attempts, failures, input_tokens, output_tokens, cost_nano)
		SELECT l.kind, l.id, r.started_ms / ${HOUR}, r.key_id, coalesce(r.team_id, ''), coalesce(a.provider, ''), coalesce(a.model, ''), coalesce(a.tier, ''), r.attempts, 0,
			coalesce(r.input_tokens, 0), coalesce(r.output_tokens, 0), r.cost_nano
		FROM (SELECT 'user' AS kind, end_user AS id, id AS request FROM request WHERE end_user IS NOT NULL
			UNION ALL SELECT 'tag', t.value, request.id FROM request, json_each(tags) t) l
		JOIN request r ON r.id = l.request LEFT JOIN attempt a ON a.request_id = r.id AND a.outcome = 'ok';`,
	'COMMIT;');
	const done = spawnSync('sqlite3', ['-cmd', '.timeout 20000', '-bail', database], { input: sql.join('\n'), encoding: 'utf8' });
	if (done.status !== 0) throw new Error(done.stderr.slice(0, 500));
	return { requests: all.map((one) => one.row), attempts: all.flatMap((one) => one.attempts) };
}
