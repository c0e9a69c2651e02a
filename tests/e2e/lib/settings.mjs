// Settings for tests: deployments at the scripted upstream with prices of each tier.
import { MASTER_KEY } from './sandbox.mjs';

// USD per token as written in the file, and nano-dollars a token for the sums.
export const PRICES = {
	cheap: { file: { input_cost_per_token: '0.0000005', output_cost_per_token: '0.000001' }, input: 500, output: 1000 },
	mid: { file: { input_cost_per_token: '0.000002', output_cost_per_token: '0.000006' }, input: 2000, output: 6000 },
	premium: { file: { input_cost_per_token: '0.00001', output_cost_per_token: '0.00003' }, input: 10000, output: 30000 },
};

export const PROVIDER_KEY = (name) => `sk-CANARY-provider-${name}`;

// One entry of model_list.  The model's name at the upstream is the deployment's id, so the log tells them apart.
export function deployment(group, base, { id = group, tier = 'cheap', params = {}, info = {} } = {}) {
	const prices = Object.fromEntries(Object.entries(PRICES[tier].file).map(([name, value]) => [name, Number(value)]));
	return {
		model_name: group,
		litellm_params: { model: `openai/${id}`, api_base: base, api_key: PROVIDER_KEY(id), ...prices, ...params },
		model_info: { id, max_input_tokens: 100000, max_output_tokens: 500, ...info },
	};
}

export function settings(deployments, { litellm = {}, router = {}, general = {}, sideways = {} } = {}) {
	return {
		model_list: deployments,
		...(Object.keys(litellm).length ? { litellm_settings: litellm } : {}),
		router_settings: { num_retries: 0, ...router },
		general_settings: { master_key: MASTER_KEY, ...general },
		...(Object.keys(sideways).length ? { sideways_settings: sideways } : {}),
	};
}

export function costOf(usage, tier = 'cheap') {
	return usage.prompt_tokens * PRICES[tier].input + usage.completion_tokens * PRICES[tier].output;
}
