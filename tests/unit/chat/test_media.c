/*
 * Forms that two readers could read differently, files of sound, and what images are bounded at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/audio_length.h"
#include "chat/media.h"
#include "chat/multipart.h"

#define HEAD "--b\r\nContent-Disposition: form-data; name=\"a\""

static bool reads(const char *form)
{
	struct multipart_part *parts;
	struct arena arena;
	struct error err;
	size_t count;
	bool fine;

	arena_init(&arena);
	fine = multipart_read(slice_of(form), "b", &arena, &parts, &count, &err) == 0;
	arena_release(&arena);
	return fine;
}

static void test_a_form_is_read_in_one_way_or_not_at_all(void **state)
{
	static const char *const good[] = {
		HEAD "\r\n\r\nx\r\n--b--\r\n",
		HEAD "\r\n\r\n\r\n--b--",
		HEAD "; filename=\"a; name=c.png\"\r\nContent-Type: x/y\r\n\r\nx\r\n--b--\r\n",
		HEAD "; filename=\"a\\\"; name=c\"\r\n\r\nx\r\n--b--\r\n",
		HEAD "\r\nContent-Transfer-Encoding: Binary\r\n\r\nx--b\r\n--b--\r\n",
		HEAD "; filename*=utf-8''a\r\n\r\nx\r\n--b\r\n" /* goes on */
		     "Content-Disposition: form-data; name=c\r\n\r\ny\r\n--b--\r\n",
	};
	static const char *const bad[] = {
		"",
		"--b--\r\n",
		HEAD "\r\n\r\nx",
		HEAD "\r\n\r\nx\r\n--b",
		HEAD "\r\n\r\nx\r\n--bx\r\n",
		HEAD "; name=\"c\"\r\n\r\nx\r\n--b--\r\n",
		HEAD "; NAME=c\r\n\r\nx\r\n--b--\r\n",
		HEAD "; x=c\r\n\r\nx\r\n--b--\r\n",
		HEAD "; filename=\"c\r\n\r\nx\r\n--b--\r\n",
		HEAD "\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\nx\r\n--b--\r\n",
		HEAD "\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--b--\r\n",
		HEAD "\r\nContent-Transfer-Encoding: base64; binary\r\n\r\nx\r\n--b--\r\n",
		/* who ends lines at a bare line feed reads n */
		"--b\r\nX: y\nContent-Disposition: form-data; name=\"n\"\r\n"
		"Content-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n",
		HEAD "; filename=\"\n\n--b\nContent-Disposition: form-data; name=n\n\n9\"\r\n\r\nx"
		     "\r\n--b--\r\n",
		HEAD "\r\n\r\nx\n--b\nContent-Disposition: form-data; name=n\n\n9\r\n--b--\r\n",
		HEAD "\r\n\r\nx\r--b\rContent-Disposition: form-data; name=n\r\r9\r\n--b--\r\n",
		/* an empty head, or one that goes on in the next line */
		"--b\r\n\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n",
		HEAD "\r\n ; name=\"n\"\r\n\r\nx\r\n--b--\r\n",
		"--b\r\nContent-Disposition : form-data; name=\"n\"\r\n"
		"Content-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n",
		"--b\r\nContent-Type: x/y\r\n\r\nx\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"a\\\"\"\r\n\r\nx\r\n--b--\r\n",
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (!reads(good[i]))
			fail_msg("not read: %s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (reads(bad[i]))
			fail_msg("read: %s", bad[i]);
}

static void test_a_boundary_is_one_of_the_standard(void **state)
{
	struct arena arena;

	arena_init(&arena);
	assert_string_equal(
	    multipart_boundary("multipart/form-data; boundary=----a1; charset=x", &arena),
	    "----a1");
	assert_string_equal(
	    multipart_boundary("Multipart/Form-Data; boundary=\"a b\"", &arena) ? "read" : "none",
	    "none");
	assert_null(multipart_boundary("multipart/form-data", &arena));
	assert_null(multipart_boundary("application/json", &arena));
	assert_null(multipart_boundary(NULL, &arena));
	arena_release(&arena);
}

/* ---- answers ---- */

static void test_an_answer_that_a_browser_would_run_is_told_as_bytes(void **state)
{
	struct media_request media = { .address = media_address("audio/speech") };
	const struct chat_request request = { .media = &media };
	struct arena arena;

	arena_init(&arena);
	assert_string_equal(
	    media_type(&request, slice_of("x"), "audio/mpeg", &arena), "audio/mpeg");
	assert_string_equal(media_type(&request, slice_of("x"), "image/png", &arena), "image/png");
	for (const char *const *told = (const char *const[]){ "text/html", "image/svg+xml",
		 "IMAGE/SVG+XML", "image/svg", "application/xhtml+xml", NULL };
	     *told; told++)
		assert_string_equal(
		    media_type(&request, slice_of("<"), *told, &arena), "application/octet-stream");
	arena_release(&arena);
}

/* ---- sound ---- */

#define SOUND_BYTES 160000

static int64_t length_of(const char *head, size_t len)
{
	char *file = calloc(1, SOUND_BYTES);
	int64_t seconds;

	memcpy(file, head, len);
	seconds = audio_length_most((struct slice){ file, SOUND_BYTES });
	free(file);
	return seconds;
}

#define LENGTH(head) length_of(head, sizeof(head) - 1)

static void test_sound_is_as_long_as_its_bytes_can_be(void **state)
{
	/* 16 bits, one channel, 8000 a second */
	static const char pcm[] =
	    "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0";
	/* a chunk before it that looks like a format of a higher rate */
	static const char lie[] = "RIFF....WAVEJUNK\x20\0\0\0fmt \x10\0\0\0\1\0\1\0\0\0\xff\xff"
				  "\0\0\0\0\2\0\x10\0........fmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0"
				  "\x80\x3e\0\0\2\0\x10\0";
	/* 48000 a second, 480 million samples: silence */
	static const char flac[] = "fLaC\0\0\0\x22..........\x0b\xb8\0\0\x1c\x9c\x38\0";

	assert_int_equal(LENGTH(pcm), SOUND_BYTES / 16000 + 1);
	assert_int_equal(LENGTH(lie), SOUND_BYTES / 16000 + 1);
	assert_int_equal(LENGTH("ID3"), SOUND_BYTES / 1000 + 1);
	assert_int_equal(LENGTH("\xff\xfb"), SOUND_BYTES / 1000 + 1);
	assert_int_equal(LENGTH("OggS"), SOUND_BYTES * 8 / 6000 + 1);
	assert_int_equal(LENGTH(flac), 10001);
	assert_int_equal(LENGTH("RIFF"), SOUND_BYTES * 8 / 6000 + 1);
	assert_int_equal(LENGTH("RIFF....AVI fmt \x10\0\0\0\1\0\1\0\0\0\xff\xff"
				"\0\0\0\0\2\0\x10\0"),
	    SOUND_BYTES * 8 / 6000 + 1);
	assert_int_equal(audio_length_most(slice_of("R")), 1);
}

/* ---- whole requests ---- */

static struct chat_request request;
static struct error refusal;

static bool takes(const char *path, const char *type, const char *body, struct arena *arena)
{
	refusal = (struct error){ 0 };
	return media_read(
		   media_address(path), type, slice_of(body), NULL, arena, &request, &refusal) == 0;
}

#define PART(parameters, value)                                                                    \
	"--b\r\nContent-Disposition: form-data; " parameters "\r\n\r\n" value "\r\n"
#define SOUND PART("name=file; filename=a", "ID3") PART("name=model", "m")

static bool takes_form(const char *path, const char *body, struct arena *arena)
{
	return takes(path, "multipart/form-data; boundary=b", body, arena);
}

static void test_who_asked_is_told_by_a_form_too(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct slice user;

	assert_true(takes_form("audio/transcriptions",
	    SOUND PART("name=user", "a \"b\"") PART("name=metadata", "{\"tags\":[\"x\"]}")
		PART("name=litellm_metadata", "{\"tags\":") "--b--\r\n",
	    &arena));
	user = json_as_slice(json_member(request.media->caller, "user"), &arena);
	assert_true(slice_is(user, "a \"b\""));
	assert_int_equal(
	    json_scan_type(json_member(json_member(request.media->caller, "metadata"), "tags")),
	    JSON_LIST);
	assert_null(json_member(request.media->caller, "litellm_metadata").ptr);
	assert_null(json_member(request.media->caller, "file").ptr);
}

/* Text that came as a file would not be counted, a file beside those that are known neither. */
static void test_only_pictures_and_sound_are_files(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };

	assert_true(takes_form("audio/transcriptions", SOUND "--b--\r\n", &arena));
	assert_false(takes_form("audio/transcriptions",
	    SOUND PART("name=prompt; filename=p", "say it") "--b--\r\n", &arena));
	assert_false(takes_form("images/edits",
	    PART("name=prompt", "p") PART("name=model", "m")
		PART("name=second_look; filename=p", "x") "--b--\r\n",
	    &arena));
}

static void test_what_makes_an_image_dearer_is_not_passed_on_unweighed(void **state)
{
	AUTO_ARENA struct arena arena = { 0 };

	assert_true(takes("images/generations", NULL,
	    "{\"model\":\"m\",\"prompt\":\"p\",\"resolution\":\"1k\"}", &arena));
	assert_null(request.media->facts.unpriced);
	assert_true(takes("images/generations", NULL,
	    "{\"model\":\"m\",\"prompt\":\"p\",\"resolution\":\"2k\"}", &arena));
	assert_non_null(request.media->facts.unpriced);
	assert_false(takes("images/generations", NULL,
	    "{\"model\":\"m\",\"prompt\":\"p\",\"num_images\":8}", &arena));
}

/* ---- images ---- */

static int64_t tokens_of(const char *model, const char *size, const char *quality)
{
	struct price price = { .mode = MODE_IMAGE,
		.output_pico = 30000000,
		.image_output_pico = 30000000,
		.max_output_tokens = PRICE_UNKNOWN,
		.per_image_nano = PRICE_UNKNOWN };
	struct media_facts facts = { .units = 1 };
	struct bound_input input = { .choices = 1 };

	snprintf(facts.size, sizeof facts.size, "%s", size);
	snprintf(facts.quality, sizeof facts.quality, "%s", quality);
	return media_price_weigh(&price, model, &facts, &input) ? -1 : input.output_tokens;
}

/* What OpenAI's calculator says: community.openai.com/t/1379464 (2026-04-21), and the table of its
 * guide. */
static void test_images_are_bounded_as_their_vendor_counts_them(void **state)
{
	assert_int_equal(tokens_of("gpt-image-2", "1024x1024", "high"), 7024);
	assert_int_equal(tokens_of("gpt-image-2-2026-04-21", "1536x1024", "high"), 5488);
	assert_int_equal(tokens_of("gpt-image-2", "1792x1024", "auto"), 5063);
	assert_int_equal(tokens_of("gpt-image-2", "3584x2048", ""), 12329);
	assert_int_equal(tokens_of("gpt-image-1.5", "1024x1024", "low"), 272);
	assert_int_equal(tokens_of("gpt-image-1.5", "auto", ""), 6240);
	assert_int_equal(tokens_of("gpt-image-2.5-flare", "1024x1024", "low"), -1);
	assert_int_equal(tokens_of("gpt-image-2", "1024x1024", "max"), -1);
	for (int width = 16; width <= 3840; width += 16)
		for (int height = 16; height <= 3840; height += 16) {
			char size[24];

			if ((int64_t)width * height > 8294400)
				continue;
			snprintf(size, sizeof size, "%dx%d", width, height);
			assert_true(tokens_of("gpt-image-2", size, "high") <=
				    tokens_of("gpt-image-2", "auto", "high"));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_form_is_read_in_one_way_or_not_at_all),
		cmocka_unit_test(test_a_boundary_is_one_of_the_standard),
		cmocka_unit_test(test_an_answer_that_a_browser_would_run_is_told_as_bytes),
		cmocka_unit_test(test_sound_is_as_long_as_its_bytes_can_be),
		cmocka_unit_test(test_who_asked_is_told_by_a_form_too),
		cmocka_unit_test(test_only_pictures_and_sound_are_files),
		cmocka_unit_test(test_what_makes_an_image_dearer_is_not_passed_on_unweighed),
		cmocka_unit_test(test_images_are_bounded_as_their_vendor_counts_them),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
