// The overview: its days and months are those of the time zone that budgets follow, its alert line that of the settings.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Panel, makeAdmin } from './lib/panel.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

const HOUR = 3600000, DAY = 24 * HOUR;
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

// "Requests today" and "this month".
const requests = (html) => /Requests today<\/dt><dd>(\d+)<small>(\d+) this month/.exec(html.replaceAll('\u202f', ''))?.slice(1).map(Number);

for (const [timezone, offset] of [['Etc/GMT-14', 14], ['Etc/GMT+12', -12], ['UTC', 0]])
	test(`today and this month are those of ${timezone}`, async () => {
		const local = Date.now() + offset * HOUR, day = new Date(local).getUTCDate();
		const midnight = Math.floor(local / DAY) * DAY - offset * HOUR, first = midnight - (day - 1) * DAY;
		const html = await overview({ general: {}, litellm: {}, router: {}, sideways: { timezone } }, async (add) => {
			await add(midnight, 3);
			await add(first - HOUR, 500);
			if (day > 1) await add(midnight - HOUR, 40);
			if (day > 2) await add(first, 600);
		});
		assert.deepEqual(requests(html), [3, 3 + (day > 1 ? 40 : 0) + (day > 2 ? 600 : 0)]);
		said(html, new RegExp(`days and months of ${timezone.replace('+', '\\+')}`));
	});

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
