#ifndef TESTS_UNIT_VIEWS_GROUPS_H
#define TESTS_UNIT_VIEWS_GROUPS_H

/*
 * Settings for tests of views: cheap groups a and b, c cheaper still, dear of the premium tier.  a
 * falls back to dear (blocked), then to b.
 */
#define DEPLOYMENT(name, model, input, output)                                                     \
	"  - model_name: " name "\n    litellm_params: { model: openai/" model                     \
	", api_key: sk-provider-secret, input_cost_per_token: " input                              \
	", output_cost_per_token: " output " }\n"                                                  \
	"    model_info: { id: " model                                                             \
	"-id, max_input_tokens: 100000, max_output_tokens: 4000 }\n"

#define THREE_GROUPS                                                                               \
	"model_list:\n" DEPLOYMENT("a", "a1", "0.000001", "0.000001")                              \
	    DEPLOYMENT("b", "b1", "0.0000005", "0.0000005") DEPLOYMENT("dear", "d1", "0.00001",    \
		"0.00005") "litellm_settings: { num_retries: 0, fallbacks: [{ a: [dear, b] }] }\n"

#define RATE_BODY                                                                                  \
	"{\"error\":{\"message\":\"slow "                                                          \
	"down\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}"

#endif
