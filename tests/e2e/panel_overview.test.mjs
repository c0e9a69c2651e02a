// The overview: its alert line is that of the settings.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Panel, makeAdmin } from './lib/panel.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

const HOUR = 3600000;
let up;

before(async () => { up = await upstream(); });

// As assert.match, without the whole page in the report.
const said = (html, wanted) => assert.ok(wanted.test(html), `the overview does not say ${wanted}`);
const silent = (html, unwanted) => assert.ok(!unwanted.test(html), `the overview says ${unwanted}`);

async function overview(more, prepare) {
	const gw = await gateway({ settings: settings([deployment('cheap', up.base)], more) });
	makeAdmin(gw, 'ada');
	const ada = new Panel(gw.base);
	await ada.signIn('ada');
	await prepare((at_ms, requests, fellBack = 0) => gw.sql(`INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano)
		VALUES (${Math.floor(at_ms / HOUR)}, ${requests}, 0, ${fellBack}, 0, 0, 0, 0)`));
	return (await ada.get('/')).text;
}

const MANY = /requests of the last 24 hours left the model group/;

test('the line of the fallback rate is the one of the settings, and so is how many requests it takes', async () => {
	const some = (add) => add(Date.now(), 30, 3); // 10 %
	const usual = await overview({}, some);
	said(usual, /More than 5 % of the requests of the last 24 hours left the model group/);
	said(usual, /alert at 5 %/);
	const high = await overview({ sideways: { alerts: { fallback_rate_percent: 12 } } }, some);
	silent(high, MANY);
	said(high, /alert at 12 %/);
	silent(high, /alert at 5 %/);
	silent(await overview({ sideways: { alerts: { minimum_requests: 31 } } }, some), MANY);
	said(await overview({ sideways: { alerts: { minimum_requests: 2 } } }, (add) => add(Date.now(), 4, 1)), MANY);
	const off = await overview({ sideways: { alerts: { off: ['fallback_rate'] } } }, some);
	silent(off, MANY);
	silent(off, /alert at/);
	said(off, /3 of 30 requests/);
});
